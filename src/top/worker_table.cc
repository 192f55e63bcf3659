#include "top/worker_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "terminal/progress.h"
#include "top/line_builder.h"
#include "top/quantity.h"

namespace shoal {
namespace {

constexpr int kMarkCells = 2;
constexpr int kWidestId = 24;
constexpr int kNarrowestId = 8;

struct Column {
  const char* heading;
  bool is_right;
  std::string (*text)(const ShownWorker& worker);
  std::optional<WorkerSort> sort;
  int rank;  // the greatest gives way first where the screen is narrow
};

std::string Unknown() { return "-"; }

std::string CpuText(const ShownWorker& worker) {
  if (!worker.cpu_percent) return Unknown();
  return std::to_string(std::llround(std::clamp(*worker.cpu_percent, 0.0, 1e6))) + " %";
}

std::string MemoryText(const ShownWorker& worker) {
  return worker.resident_bytes == 0 ? Unknown() : BytesText(worker.resident_bytes);
}

std::string P99Text(const ShownWorker& worker) {
  return worker.forward_p99_ms == 0 ? Unknown() : MillisecondsText(worker.forward_p99_ms);
}

std::string Whole(double number) { return CountText(std::round(number)); }
std::string Whole(std::uint64_t number) { return CountText(static_cast<double>(number)); }

// In the order of the screen. The id stands before them.
constexpr std::array kColumns = {
    Column{"PROCESS", false, [](const ShownWorker& w) { return w.incarnation.substr(0, 8); },
           std::nullopt, 8},
    Column{"STATE", false, [](const ShownWorker& w) { return w.state; }, WorkerSort::kState, 0},
    Column{"TOKENS/S", true, [](const ShownWorker& w) { return Whole(w.tokens_per_second); },
           WorkerSort::kTokens, 1},
    Column{"IN FLIGHT", true, [](const ShownWorker& w) { return Whole(w.in_flight); },
           WorkerSort::kInFlight, 2},
    Column{"CREDIT", true, [](const ShownWorker& w) { return Whole(w.credit); }, std::nullopt, 6},
    Column{"P99", true, P99Text, WorkerSort::kP99, 4},
    Column{"CPU", true, CpuText, WorkerSort::kCpu, 3},
    Column{"MEMORY", true, MemoryText, WorkerSort::kMemory, 5},
    Column{"RESTARTS", true, [](const ShownWorker& w) { return Whole(w.restarts); },
           WorkerSort::kRestarts, 7},
    Column{"ERRORS", true, [](const ShownWorker& w) { return Whole(w.errors); },
           WorkerSort::kErrors, 9},
    Column{"LANES", true, [](const ShownWorker& w) { return std::to_string(w.lanes); },
           std::nullopt, 11},
    Column{"KERNELS", false, [](const ShownWorker& w) { return w.isa; }, std::nullopt, 12},
    Column{"PID", true, [](const ShownWorker& w) { return std::to_string(w.pid); }, std::nullopt,
           13},
    Column{"ADDRESS", false, [](const ShownWorker& w) { return w.peer; }, std::nullopt, 10}};

struct Layout {
  int id_cells = 0;
  int gap = 2;
  std::array<int, kColumns.size()> cells = {};  // 0: left out
};

int CellsNeeded(const Column& column, const std::vector<const ShownWorker*>& workers,
                CharacterSet set) {
  int cells = CellsOf(column.heading);
  for (const ShownWorker* worker : workers) {
    cells = std::max(cells, CellsOf(Printable(column.text(*worker), set)));
  }
  return std::min(cells, kWidestId);
}

// The columns by rank as long as they fit. Those of a common screen with gaps of one cell go before
// wider gaps.
Layout LayoutFor(const std::vector<const ShownWorker*>& workers, int columns, CharacterSet set) {
  constexpr int kLastCommon = 8;
  Layout layout{.id_cells = 2};
  for (const ShownWorker* worker : workers) {
    layout.id_cells = std::max(layout.id_cells, CellsOf(Printable(worker->id, set)));
  }
  layout.id_cells = std::min(layout.id_cells, std::clamp(columns / 5, kNarrowestId, kWidestId));
  std::array<int, kColumns.size()> needed;
  int common = kMarkCells + layout.id_cells;
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    needed[i] = CellsNeeded(kColumns[i], workers, set);
    if (kColumns[i].rank <= kLastCommon) common += needed[i] + 2;
  }
  layout.gap = common <= columns ? 2 : 1;
  int used = kMarkCells + layout.id_cells;
  for (int rank = 0; rank < static_cast<int>(kColumns.size()); ++rank) {
    const auto column = std::ranges::find(kColumns, rank, &Column::rank);
    const auto index = static_cast<std::size_t>(column - kColumns.begin());
    if (used + layout.gap + needed[index] > columns) break;
    layout.cells[index] = needed[index];
    used += layout.gap + needed[index];
  }
  return layout;
}

Look LookOf(const ShownWorker& worker) {
  if (worker.state == "ready") return Look::kGreen;
  if (worker.state == "lost" || worker.state == "ejected") return Look::kRed;
  return Look::kYellow;
}

FrameLine HeadingLine(const Layout& layout, const TopView& view, int columns, CharacterSet set) {
  LineBuilder line(columns, set);
  const auto look = [&view](std::optional<WorkerSort> sort) {
    return sort == view.sort ? Look::kBold : Look::kFaint;
  };
  line.Left("", kMarkCells).Left("ID", layout.id_cells, look(WorkerSort::kId));
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    if (layout.cells[i] == 0) continue;
    line.Left("", layout.gap);
    if (kColumns[i].is_right) {
      line.Right(kColumns[i].heading, layout.cells[i], look(kColumns[i].sort));
    } else {
      line.Left(kColumns[i].heading, layout.cells[i], look(kColumns[i].sort));
    }
  }
  return line.Take();
}

FrameLine WorkerLine(const ShownWorker& worker, const Layout& layout, bool is_selected, int columns,
                     CharacterSet set) {
  LineBuilder line(columns, set);
  const auto look = [is_selected](Look usual) { return is_selected ? Look::kSelected : usual; };
  line.Left(is_selected ? ">" : "", kMarkCells, look(Look::kPlain));
  line.Left(Printable(worker.id, set), layout.id_cells, look(Look::kPlain));
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    if (layout.cells[i] == 0) continue;
    const std::string text = Printable(kColumns[i].text(worker), set);
    const bool is_state = kColumns[i].sort == WorkerSort::kState;
    const Look of_cell = look(is_state ? LookOf(worker) : Look::kPlain);
    line.Left("", layout.gap, look(Look::kPlain));
    if (kColumns[i].is_right) {
      line.Right(text, layout.cells[i], of_cell);
    } else {
      line.Left(text, layout.cells[i], of_cell);
    }
  }
  line.To(columns, look(Look::kPlain));
  return line.Take();
}

std::string AboutList(const TopState& state, const TopView& view, std::size_t listed,
                      std::size_t first, std::size_t shown, CharacterSet set) {
  const std::size_t all = state.snapshot ? state.snapshot->workers.size() : 0;
  std::string text = Grouped(listed);
  if (!view.filter.empty()) {
    text += " of " + Grouped(all) + " with \"" + Printable(view.filter, set) + "\"";
  }
  text += ", by " + std::string(HeadingOf(view.sort)) + ", " +
          std::string(DirectionOf(view.sort, view.reversed));
  if (shown < listed) {
    text += "; here " + Grouped(first + 1) + " to " + Grouped(first + shown);
  }
  return text;
}

// Label and value, in two columns where they fit.
using Facts = std::vector<std::pair<std::string, std::string>>;

std::string StateMeaning(const ShownWorker& worker) {
  if (worker.state == "ready") return "ready: it gets batches";
  if (worker.state == "starting") return "starting: it has not granted credit yet";
  if (worker.state == "late") return "late: a batch takes longer than it should";
  if (worker.state == "ejected") return "ejected: it failed too often and gets nothing for a while";
  if (worker.state == "draining") return "draining: it finishes what it has and gets nothing more";
  if (worker.state == "drained") return "drained: it gets nothing until it is resumed (r)";
  if (worker.state == "lost") return "lost: its link has ended without a goodbye";
  return worker.state;
}

Facts FactsOf(const ShownWorker& worker) {
  return {{"state", StateMeaning(worker)},
          {"process", worker.incarnation + ", pid " + std::to_string(worker.pid) +
                          (worker.restarts == 0 ? ", its first life"
                                                : ", restarts " + Whole(worker.restarts))},
          {"address", worker.peer.empty() ? Unknown() : worker.peer},
          {"metrics", worker.metrics_address.empty() ? Unknown() : worker.metrics_address},
          {"computes with", std::to_string(worker.lanes) +
                                (worker.lanes == 1 ? " lane, " : " lanes, ") + worker.isa},
          {"tokens/s", Whole(worker.tokens_per_second) + " while computing"},
          {"forward pass", worker.forward_p99_ms == 0 ? Unknown() : P99Text(worker) + " (p99)"},
          {"batches", Whole(worker.in_flight) + " in flight, credit for " + Whole(worker.credit) +
                          " more, " + Whole(worker.batches_done) + " done"},
          {"texts", Whole(worker.items_done) + " done"},
          {"errors", Whole(worker.errors)},
          {"cpu", CpuText(worker) + " of a core, " + StretchText(worker.cpu_seconds) + " in all"},
          {"memory", MemoryText(worker)}};
}

}  // namespace

Frame WorkerTable(const TopState& state, const TopView& view, int columns, int rows,
                  CharacterSet set) {
  const std::vector<const ShownWorker*> listed = ListedWorkers(state, view);
  const std::size_t room = static_cast<std::size_t>(std::max(rows - 2, 0));
  const std::size_t shown = std::min(room, listed.size());
  const std::size_t selected = SelectedIndex(listed, view);
  const std::size_t first =
      std::min(selected - std::min(selected, shown / 2), listed.size() - shown);
  Frame frame;
  LineBuilder about(columns, set);
  about.Add("WORKERS", Look::kBold).Add("  ");
  about.Add(AboutList(state, view, listed.size(), first, shown, set));
  frame.push_back(about.Take());
  if (listed.empty()) {
    const bool has_any = state.snapshot && !state.snapshot->workers.empty();
    LineBuilder none(columns, set);
    none.Add(has_any ? "  none of that name, state or address; Esc shows all" : "  none yet");
    frame.push_back(none.Take());
    return frame;
  }
  // Of all of them, so that columns stand still while the list moves.
  const Layout layout = LayoutFor(listed, columns, set);
  frame.push_back(HeadingLine(layout, view, columns, set));
  for (std::size_t i = first; i < first + shown; ++i) {
    frame.push_back(
        WorkerLine(*listed[i], layout, view.has_selection && i == selected, columns, set));
  }
  return frame;
}

Frame WorkerDetail(const TopState& state, const TopView& view, int columns, int rows,
                   CharacterSet set) {
  Frame frame;
  LineBuilder title(columns, set);
  title.Add("WORKER", Look::kBold).Add("  " + Printable(view.selected, set));
  frame.push_back(title.Take());
  const ShownWorker* found = nullptr;
  if (state.snapshot) {
    for (const ShownWorker& worker : state.snapshot->workers) {
      if (worker.id == view.selected) found = &worker;
    }
  }
  if (found == nullptr) {
    LineBuilder line(columns, set);
    frame.push_back(line.Add("  is not known any more").Take());
    return frame;
  }
  for (const auto& [label, value] : FactsOf(*found)) {
    LineBuilder line(columns, set);
    line.Left("", kMarkCells).Left(label, 15, Look::kFaint);
    line.Add(Printable(value, set), label == "state" ? LookOf(*found) : Look::kPlain);
    frame.push_back(line.Take());
  }
  for (auto event = state.snapshot->events.rbegin(); event != state.snapshot->events.rend();
       ++event) {
    if (event->worker != view.selected) continue;
    LineBuilder line(columns, set);
    line.Left("", kMarkCells);
    line.Left(TimeOfDay(event->unix_ms / 1000, state.utc_offset_seconds), 15, Look::kFaint);
    frame.push_back(line.Add(Printable(event->text, set)).Take());
  }
  if (frame.size() > static_cast<std::size_t>(rows)) frame.resize(static_cast<std::size_t>(rows));
  return frame;
}

}  // namespace shoal
