// What somebody at the keyboard has chosen to see, and what a key does to that.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "terminal/keys.h"
#include "top/top_model.h"
#include "top/worker_order.h"

namespace shoal {

// A change of a worker that is asked for.
struct WorkerChange {
  bool drain = false;  // else resume
  std::string id;

  bool operator==(const WorkerChange&) const = default;
};

struct TopView {
  enum class Screen { kTable, kWorker, kHelp };
  Screen screen = Screen::kTable;
  WorkerSort sort = WorkerSort::kId;
  bool reversed = false;
  std::string filter = {};
  bool types_filter = false;
  std::string selected = {};                  // id; of none that is listed: the first
  std::optional<WorkerChange> question = {};  // "Drain vm-1? y/n"
  std::string note = {};                      // what became of the last change
  bool paused = false;
  bool has_selection = true;  // not where nobody has a key to press
};

struct TopAction {
  enum class Kind { kNone, kQuit, kChange, kRedraw };
  Kind kind = Kind::kNone;
  WorkerChange change = {};
};

// `page`: workers that fit the screen.
TopAction HandleKey(const Key& key, const TopState& state, int page, TopView& view);

// In the order of the screen; none before something has answered.
std::vector<const ShownWorker*> ListedWorkers(const TopState& state, const TopView& view);
// Which of them is selected; 0 where there are none.
std::size_t SelectedIndex(const std::vector<const ShownWorker*>& listed, const TopView& view);

}  // namespace shoal
