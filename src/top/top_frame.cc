#include "top/top_frame.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "terminal/sparkline.h"
#include "top/line_builder.h"
#include "top/quantity.h"
#include "top/state_line.h"
#include "top/worker_table.h"

namespace shoal {
namespace {

constexpr int kWindow = 60;      // seconds of the curves
constexpr int kHeadLines = 3;    // state, what is asked, a blank one or the rest of the state
constexpr int kNumberLines = 8;  // heading, six pairs, a blank one
constexpr int kStageLines = 3;   // bar, words, a blank one
constexpr int kRowsWithStages = 20;
constexpr int kRowsWithEvents = 34;  // and with all of a worker below the numbers
constexpr int kMostEvents = 10;

struct Canvas {
  int columns;
  CharacterSet set;
  LineBuilder Line() const { return {columns, set}; }
  bool is_utf8() const { return set == CharacterSet::kUtf8; }
};

// How a number went in each cell's part of the last minute: means of what is known.
using Reading = std::function<std::optional<double>(const TopSecond& second)>;

std::vector<std::optional<double>> Curve(const TopState& state, int cells, const Reading& read) {
  std::vector<double> sums(static_cast<std::size_t>(cells));
  std::vector<int> counts(static_cast<std::size_t>(cells));
  const int step = kWindow / cells;
  // Cells begin at whole multiples of their part, so that a curve moves and does not flicker.
  const std::int64_t last = state.seconds.empty() ? 0 : state.seconds.back().unix_second / step;
  for (const TopSecond& second : state.seconds) {
    const std::int64_t cell = second.unix_second / step - last + cells - 1;
    const std::optional<double> value = read(second);
    if (cell < 0 || cell >= cells || !value) continue;
    sums[static_cast<std::size_t>(cell)] += *value;
    ++counts[static_cast<std::size_t>(cell)];
  }
  std::vector<std::optional<double>> curve(static_cast<std::size_t>(cells));
  for (std::size_t i = 0; i < curve.size(); ++i) {
    if (counts[i] > 0) curve[i] = sums[i] / counts[i];
  }
  return curve;
}

std::optional<double> MostOf(const TopState& state, const Reading& read) {
  std::optional<double> most;
  for (const TopSecond& second : state.seconds) {
    if (second.unix_second <= state.seconds.back().unix_second - kWindow) continue;
    const std::optional<double> value = read(second);
    if (value) most = std::max(most.value_or(0), *value);
  }
  return most;
}

using Wording = std::string (*)(double number);
std::string SecondsWording(double seconds) { return MillisecondsText(seconds * 1e3); }

struct Row {
  const char* label;
  std::optional<double> now;
  Reading read;
  Wording wording;
  bool is_alarming = false;  // where it is not zero
};

std::vector<Row> RateRows(const TopState& state) {
  const ShownSnapshot snapshot = state.snapshot.value_or(ShownSnapshot{});
  const auto known = [&state](double number) {
    return state.snapshot ? std::optional<double>(number) : std::nullopt;
  };
  double refused = snapshot.refused_rate;
  double failed = snapshot.failed_rate;
  if (state.counts_texts && state.recent) {
    refused = 0;
    failed = 0;
    for (std::size_t i = 0; i < state.recent->size(); ++i) {
      const Outcome outcome = OutcomeOf(static_cast<Verdict>(i));
      if (outcome == Outcome::kRefused) refused += (*state.recent)[i];
      if (outcome == Outcome::kFailed) failed += (*state.recent)[i];
    }
  }
  return {
      {"requests/s", known(snapshot.requests_rate), [](const TopSecond& s) { return s.requests; },
       CountText},
      {"texts/s", known(snapshot.texts_rate), [](const TopSecond& s) { return s.texts; },
       CountText},
      {"tokens/s", known(snapshot.tokens_rate), [](const TopSecond& s) { return s.tokens; },
       CountText},
      {"refused/s", known(refused), [](const TopSecond& s) { return s.refused; }, CountText, true},
      {"failed/s", known(failed), [](const TopSecond& s) { return s.failed; }, CountText, true},
      {"in flight", known(static_cast<double>(snapshot.in_flight)),
       [](const TopSecond& s) { return s.in_flight; }, CountText}};
}

std::vector<Row> TimeRows(const TopState& state) {
  const auto percentile = [&state](double ShownTimes::*which) {
    const bool is_known = state.snapshot && state.snapshot->latency;
    return is_known ? std::optional<double>((*state.snapshot->latency).*which) : std::nullopt;
  };
  const auto curve = [](double ShownTimes::*which) {
    return [which](const TopSecond& s) {
      return s.latency ? std::optional<double>((*s.latency).*which) : std::nullopt;
    };
  };
  std::vector<Row> rows = {
      {"answer p50", percentile(&ShownTimes::p50), curve(&ShownTimes::p50), MillisecondsText},
      {"answer p95", percentile(&ShownTimes::p95), curve(&ShownTimes::p95), MillisecondsText},
      {"answer p99", percentile(&ShownTimes::p99), curve(&ShownTimes::p99), MillisecondsText}};
  constexpr std::array kLabels = {"queue urgent", "queue patient", "queue bulk"};
  for (std::size_t i = 0; i < kLabels.size(); ++i) {
    std::optional<double> now;
    if (state.snapshot && i < state.snapshot->queues.size()) {
      now = state.snapshot->queues[i].seconds;
    }
    rows.push_back(
        {kLabels[i], now, [i](const TopSecond& s) { return s.queue_seconds[i]; }, SecondsWording});
  }
  return rows;
}

// How wide the parts of a half of the numbers are.
struct Half {
  int label;
  int value;
  int curve;
};

Half HalfOf(int columns, int label, int value) {
  constexpr std::array kCurves = {60, 30, 20, 15, 12, 10, 6};
  const int room = (columns - 4) / 2 - label - 2 * value - 3;
  for (const int cells : kCurves) {
    if (cells <= room) return {label, value, cells};
  }
  return {label, value, 0};
}

void AddHeading(const char* title, const Half& half, LineBuilder& line) {
  line.Left(title, half.label, Look::kBold).Right("NOW", half.value + 1, Look::kFaint);
  if (half.curve > 0) {
    const char* const name = half.curve >= 11  ? "LAST MINUTE"
                             : half.curve >= 9 ? "LAST 60 S"
                                               : "60 S";
    line.Add(" ").Left(name, half.curve, Look::kFaint).Right("MOST", half.value + 1, Look::kFaint);
  }
}

void AddRow(const TopState& state, const Row& row, const Half& half, CharacterSet set,
            LineBuilder& line) {
  const auto wording = [&row](std::optional<double> number) {
    return number ? row.wording(*number) : std::string("-");
  };
  const bool is_alarm = row.is_alarming && row.now && *row.now > 0;
  line.Left(row.label, half.label);
  line.Right(wording(row.now), half.value + 1, is_alarm ? Look::kRed : Look::kBold);
  if (half.curve == 0) return;
  line.Add(" ").Add(Sparkline(Curve(state, half.curve, row.read), set));
  line.Right(wording(MostOf(state, row.read)), half.value + 1, Look::kFaint);
}

void AddNumbers(const TopState& state, const Canvas& canvas, Frame& to) {
  const std::vector<Row> rates = RateRows(state);
  const std::vector<Row> times = TimeRows(state);
  const Half left = HalfOf(canvas.columns, 10, 7);
  const Half right = HalfOf(canvas.columns, 13, 6);
  const int second_half = canvas.columns / 2 + (canvas.columns < 100 ? -1 : 1);
  LineBuilder heading = canvas.Line();
  AddHeading("LOAD", left, heading);
  heading.To(second_half);
  AddHeading("TIME", right, heading);
  to.push_back(heading.Take());
  for (std::size_t i = 0; i < rates.size(); ++i) {
    LineBuilder line = canvas.Line();
    AddRow(state, rates[i], left, canvas.set, line);
    line.To(second_half);
    AddRow(state, times[i], right, canvas.set, line);
    to.push_back(line.Take());
  }
  to.emplace_back();
}

struct Shade {
  const char* utf8;
  const char* ascii;
};
constexpr std::array kShades = {Shade{"░", "."}, Shade{"▒", ":"}, Shade{"▓", "+"}, Shade{"█", "#"},
                                Shade{"▞", "/"}};

std::string ShadeOf(std::size_t stage, const Canvas& canvas) {
  const Shade& shade = kShades[stage % kShades.size()];
  return canvas.is_utf8() ? shade.utf8 : shade.ascii;
}

// Each stage has its share of the cells; what is not nothing has one at least.
std::vector<int> CellsOfStages(const std::vector<ShownStage>& stages, int cells) {
  double total = 0;
  for (const ShownStage& stage : stages) total += stage.mean_ms;
  std::vector<int> shares(stages.size());
  if (total <= 0) return shares;
  int used = 0;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const double share = stages[i].mean_ms / total * cells;
    shares[i] = stages[i].mean_ms > 0 ? std::max(1, static_cast<int>(share)) : 0;
    used += shares[i];
  }
  // What rounding leaves or took is the widest one's.
  const auto widest = std::ranges::max_element(shares);
  if (widest != shares.end()) *widest = std::max(0, *widest + cells - used);
  return shares;
}

// The widest wording that fits; the last time has its unit in each.
std::string StageWords(const std::vector<ShownStage>& stages, const Canvas& canvas) {
  std::string words;
  for (const auto& [gap, has_units] : {std::pair("   ", true), std::pair("  ", true),
                                       std::pair("  ", false), std::pair(" ", false)}) {
    words.clear();
    for (std::size_t i = 0; i < stages.size(); ++i) {
      std::string time = MillisecondsText(stages[i].mean_ms);
      const bool drops_unit = !has_units && i + 1 < stages.size() && time.ends_with(" ms");
      if (drops_unit) time.resize(time.size() - 3);
      words += (i == 0 ? "" : gap) + ShadeOf(i, canvas) + " " + stages[i].name + " " + time;
    }
    if (CellsOf(words) <= canvas.columns) break;
  }
  return words;
}

void AddStages(const TopState& state, const Canvas& canvas, Frame& to) {
  LineBuilder bar = canvas.Line();
  LineBuilder words = canvas.Line();
  bar.Add("WHERE TIME GOES", Look::kBold);
  const std::vector<ShownStage> stages =
      state.snapshot ? state.snapshot->stages : std::vector<ShownStage>();
  if (stages.empty()) {
    words.Add("nothing was served in the last 10 s", Look::kFaint);
  } else {
    double total = 0;
    for (const ShownStage& stage : stages) total += stage.mean_ms;
    bar.Add(", " + MillisecondsText(total) + " on average ");
    const std::vector<int> cells = CellsOfStages(stages, canvas.columns - bar.used());
    for (std::size_t i = 0; i < stages.size(); ++i) {
      for (int cell = 0; cell < cells[i]; ++cell) bar.Add(ShadeOf(i, canvas));
    }
    words.Add(StageWords(stages, canvas));
  }
  to.push_back(bar.Take());
  to.push_back(words.Take());
  to.emplace_back();
}

struct Mark {
  const char* utf8;
  const char* ascii;
  Look look;
};

Mark MarkOf(Health health) {
  switch (health) {
    case Health::kGood:
      return {"●", "+", Look::kGreen};
    case Health::kWarning:
      return {"▲", "!", Look::kYellow};
    case Health::kBad:
      return {"■", "X", Look::kRed};
    case Health::kUnknown:
      return {"○", "?", Look::kYellow};
  }
  return {"", "", Look::kPlain};
}

// Cut between words, into lines that fit.
std::vector<std::string> Wrapped(std::string_view text, int cells) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string word(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    std::string& line = lines.back();
    if (!line.empty() && CellsOf(line) + 1 + CellsOf(word) > cells) {
      lines.push_back(word);
    } else {
      line += (line.empty() ? "" : " ") + word;
    }
  }
  return lines;
}

std::string AboutServer(const TopState& state, const Canvas& canvas) {
  std::string text = Printable(state.address, canvas.set);
  if (!state.snapshot) return text;
  const ShownSnapshot& snapshot = *state.snapshot;
  text += "  " + Printable(snapshot.model + " " + snapshot.precision, canvas.set);
  return text + "  shoal " + Printable(snapshot.version, canvas.set) + "  up " +
         StretchText(snapshot.uptime_seconds);
}

void AddHead(const TopState& state, const TopView& view, const Canvas& canvas, Frame& to) {
  const StateLine described = DescribeState(state);
  const Mark mark = MarkOf(described.health);
  std::vector<std::string> lines =
      Wrapped(Printable(described.text, canvas.set), canvas.columns - 2);
  if (lines.size() > 2) lines.resize(2);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    LineBuilder line = canvas.Line();
    line.Left(i == 0 ? (canvas.is_utf8() ? mark.utf8 : mark.ascii) : "", 2, mark.look);
    to.push_back(line.Add(lines[i], mark.look).Take());
  }
  LineBuilder about = canvas.Line();
  const std::string clock =
      (view.paused ? "paused  " : "") + TimeOfDay(state.now_unix_second, state.utc_offset_seconds);
  about.Left("", 2).Left(AboutServer(state, canvas), canvas.columns - 4 - CellsOf(clock),
                         Look::kFaint);
  to.push_back(about.Add("  ").Add(clock, view.paused ? Look::kYellow : Look::kFaint).Take());
  to.resize(kHeadLines);
}

FrameLine BottomLine(const TopState& state, const TopView& view, const Canvas& canvas) {
  LineBuilder line = canvas.Line();
  if (view.question) {
    const std::string id =
        Clipped(Printable(view.question->id, canvas.set), canvas.columns / 3, canvas.set);
    return line
        .Add(view.question->drain
                 ? "Drain " + id + "? It gets no more work until it is resumed. y/n"
                 : "Resume " + id + "? It gets work again. y/n",
             Look::kSelected)
        .Take();
  }
  if (view.types_filter) {
    line.Add("Show workers with: " + Printable(view.filter, canvas.set)).Add(" ", Look::kSelected);
    return line.Add("  Enter keeps it, Esc shows all", Look::kFaint).Take();
  }
  if (!view.note.empty()) return line.Add(Printable(view.note, canvas.set), Look::kBold).Take();
  if (!state.no_contact.empty()) {
    return line.Add(Printable(state.no_contact, canvas.set), Look::kYellow).Take();
  }
  const char* keys =
      "q quit  ? all keys  Enter a worker  / filter  s sort  d drain  r resume  p pause";
  if (view.screen == TopView::Screen::kWorker)
    keys = "Esc back  j/k next, previous  d drain  r resume  q quit";
  if (view.screen == TopView::Screen::kHelp) keys = "Esc back  q quit";
  return line.Add(keys, Look::kFaint).Take();
}

void AddHelp(const Canvas& canvas, Frame& to) {
  constexpr std::array<std::pair<const char*, const char*>, 15> kHelp = {{
      {"up, down, j, k", "select a worker; Page Up, Page Down, g, G too"},
      {"Enter", "all about the selected worker; Esc goes back"},
      {"/", "show workers whose id, state or address has a word in it"},
      {"s, S", "sort by the next column; the other way round"},
      {"d, r", "drain the selected worker, resume it; asks first"},
      {"p", "pause: the screen stands still"},
      {"q, Ctrl-C", "quit; Ctrl-Z suspends, Ctrl-L draws again"},
      {"NOW, MOST", "mean of the last 10 s; the highest second of the minute"},
      {"refused, failed", "turned away at once; taken, and got no vectors"},
      {"answer p99", "99 of 100 requests were answered in this time"},
      {"queue", "what waits, as the time that the workers need for it"},
      {"PROCESS", "another one after each restart of a worker"},
      {"IN FLIGHT", "batches a worker has; CREDIT: how many more it would take"},
      {"P99, CPU", "of a worker's forward passes; of one core"},
      {"drained", "an operator took the worker out; r gives it work again"},
  }};
  constexpr int kKeyCells = 17;
  LineBuilder title = canvas.Line();
  to.push_back(title.Add("KEYS AND WORDS", Look::kBold).Take());
  for (const auto& [key, what] : kHelp) {
    bool is_first = true;
    for (const std::string& part : Wrapped(what, canvas.columns - kKeyCells - 2)) {
      LineBuilder line = canvas.Line();
      line.Left("", 2).Left(is_first ? key : "", kKeyCells, Look::kBold).Add(part);
      to.push_back(line.Take());
      is_first = false;
    }
  }
}

void AddEvents(const TopState& state, int rows, const Canvas& canvas, Frame& to) {
  to.emplace_back();
  LineBuilder title = canvas.Line();
  to.push_back(title.Add("EVENTS", Look::kBold).Add("  the last first").Take());
  for (auto event = state.snapshot->events.rbegin();
       event != state.snapshot->events.rend() && rows > 0; ++event, --rows) {
    LineBuilder line = canvas.Line();
    line.Left("", 2);
    line.Add(TimeOfDay(event->unix_ms / 1000, state.utc_offset_seconds), Look::kFaint);
    to.push_back(line.Add("  " + Printable(event->text, canvas.set)).Take());
  }
}

int RowsOfTable(ScreenSize size) {
  const int above = kHeadLines + kNumberLines + (size.rows >= kRowsWithStages ? kStageLines : 0);
  return size.rows - above - 1;
}

void AddTable(const TopState& state, const TopView& view, ScreenSize size, const Canvas& canvas,
              Frame& to) {
  int rows = RowsOfTable(size);
  const bool has_events =
      size.rows >= kRowsWithEvents && state.snapshot && !state.snapshot->events.empty();
  int events = 0;
  if (has_events) {
    events = std::min({kMostEvents, static_cast<int>(state.snapshot->events.size()), rows / 3});
    rows -= events + 2;
  }
  for (FrameLine& line : WorkerTable(state, view, canvas.columns, rows, canvas.set)) {
    to.push_back(std::move(line));
  }
  if (has_events) AddEvents(state, events, canvas, to);
}

Frame TooSmall(ScreenSize size, CharacterSet set) {
  Frame frame;
  const std::string text = "The screen has " + std::to_string(size.columns) + "x" +
                           std::to_string(size.rows) + " cells; top needs " +
                           std::to_string(kSmallestScreen.columns) + "x" +
                           std::to_string(kSmallestScreen.rows) + ". q quits.";
  for (const std::string& line : Wrapped(text, size.columns)) {
    if (frame.size() == static_cast<std::size_t>(std::max(size.rows, 0))) break;
    frame.push_back(LineBuilder(size.columns, set).Add(line).Take());
  }
  return frame;
}

}  // namespace

int WorkersOn(ScreenSize size) { return std::max(1, RowsOfTable(size) - 2); }

Frame TopFrame(const TopState& state, const TopView& view, ScreenSize size, CharacterSet set) {
  if (size.columns < kSmallestScreen.columns || size.rows < kSmallestScreen.rows) {
    return TooSmall(size, set);
  }
  const Canvas canvas{.columns = size.columns, .set = set};
  const std::size_t last_row = static_cast<std::size_t>(size.rows) - 1;
  Frame frame;
  AddHead(state, view, canvas, frame);
  const bool is_worker = view.screen == TopView::Screen::kWorker;
  if (view.screen == TopView::Screen::kHelp) AddHelp(canvas, frame);
  if (view.screen == TopView::Screen::kTable || (is_worker && size.rows >= kRowsWithEvents)) {
    AddNumbers(state, canvas, frame);
    if (size.rows >= kRowsWithStages) AddStages(state, canvas, frame);
  }
  if (view.screen == TopView::Screen::kTable) AddTable(state, view, size, canvas, frame);
  if (is_worker) {
    const int rows = static_cast<int>(last_row - frame.size());
    for (FrameLine& line : WorkerDetail(state, view, canvas.columns, rows, set)) {
      frame.push_back(std::move(line));
    }
  }
  frame.resize(last_row);
  frame.push_back(BottomLine(state, view, canvas));
  return frame;
}

Frame PrintedTopFrame(const TopState& state, int columns, CharacterSet set) {
  const std::size_t workers = state.snapshot ? state.snapshot->workers.size() : 0;
  const std::size_t events = state.snapshot ? state.snapshot->events.size() : 0;
  const TopView view{.has_selection = false};
  // So many rows that a third of the table's is enough for the events.
  const std::size_t rows =
      kRowsWithEvents + 2 * workers + 3 * std::min<std::size_t>(events, kMostEvents);
  Frame frame = TopFrame(state, view, {columns, static_cast<int>(rows)}, set);
  frame.pop_back();
  while (!frame.empty() && frame.back().empty()) frame.pop_back();
  return frame;
}

}  // namespace shoal
