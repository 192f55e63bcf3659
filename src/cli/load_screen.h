// The live view of a load run on a terminal (load/live_view.h): drawn on a thread of its own, so
// that a slow terminal does not hold up the sending, and taken away at the end.
#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "load/live_view.h"
#include "load/load_run.h"
#include "terminal/style.h"

namespace shoal {

// Lines in the place of the last ones, which were `lines_before`; control codes included. Each is
// shorter than the terminal is wide, or it would take two.
std::string Redrawn(const Frame& frame, std::size_t lines_before, const TerminalStyle& style);

class LoadScreen {
 public:
  // On stderr, four times a second.
  LoadScreen(std::chrono::microseconds duration, std::chrono::microseconds deadline);
  // Takes it away.
  ~LoadScreen();
  LoadScreen(const LoadScreen&) = delete;
  LoadScreen& operator=(const LoadScreen&) = delete;

  // Thread-safe and quick.
  void Tell(const LoadProgress& progress) EXCLUDES(mutex_);

 private:
  void Show() EXCLUDES(mutex_);
  void DrawOnce();

  LiveView view_;          // of the thread
  std::size_t lines_ = 0;  // on the terminal, of the thread
  Mutex mutex_;
  CondVar told_;
  bool over_ GUARDED_BY(mutex_) = false;
  bool has_news_ GUARDED_BY(mutex_) = false;
  LoadProgress latest_ GUARDED_BY(mutex_);  // without its answers
  std::vector<LoadSample> answers_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace shoal
