#include "top/top_frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ShownWorker Worker(std::string id) {
  return {.id = std::move(id),
          .incarnation = "610d1dfb4cde3da3",
          .state = "ready",
          .attached = true,
          .credit = 1,
          .in_flight = 2,
          .tokens_per_second = 38'410,
          .batches_done = 1200,
          .items_done = 5120,
          .restarts = 0,
          .cpu_seconds = 12.5,
          .resident_bytes = 123u << 20,
          .forward_p99_ms = 12.3,
          .errors = 0,
          .metrics_address = "127.0.0.1:40319",
          .peer = "127.0.0.1:51022",
          .pid = 32511,
          .lanes = 1,
          .isa = "avx2",
          .cpu_percent = 98};
}

TopState Busy() {
  TopState state{.address = "127.0.0.1:3000", .now_unix_second = 43'384};
  state.snapshot = ShownSnapshot{.version = "0.1.0",
                                 .state = "ready",
                                 .model = "all-MiniLM-L6-v2",
                                 .precision = "fp32",
                                 .uptime_seconds = 7500,
                                 .requests_rate = 103,
                                 .texts_rate = 412,
                                 .tokens_rate = 12'345,
                                 .latency = ShownTimes{.mean = 21, .p50 = 12, .p95 = 30, .p99 = 38},
                                 .stages = {{"tokenize", 0.3},
                                            {"queue", 12.1},
                                            {"dispatch", 0.5},
                                            {"inference", 8},
                                            {"serialize", 0.1}},
                                 .queues = {{"urgent", 3, 0.02}, {"patient"}, {"bulk"}},
                                 .in_flight = 12};
  state.snapshot->requests[0] = 1;
  for (const char* id : {"vm-0", "vm-1", "vm-2"}) {
    state.snapshot->workers.push_back(Worker(id));
  }
  for (int i = 0; i < 120; ++i) {
    const double number = 50 + i % 60;
    state.seconds.push_back({.unix_second = 43'264 + i,
                             .requests = number,
                             .texts = number * 4,
                             .tokens = 200 * number,
                             .latency = ShownTimes{.p50 = 12, .p95 = 30, .p99 = 38 + number},
                             .queue_seconds = {0.02, 0, 0}});
  }
  state.recent = ByVerdict{};
  return state;
}

std::string Shown(const TopState& state, const TopView& view = {}, ScreenSize size = {},
                  CharacterSet set = CharacterSet::kUtf8) {
  return PlainText(TopFrame(state, view, size, set));
}

constexpr char kBusyScreen[] =
    R"(● Healthy: 3 workers, 412 texts/s, p99 38 ms, nothing refused
  127.0.0.1:3000  all-MiniLM-L6-v2 fp32  shoal 0.1.0  up 2 h 05 min     12:03:04

LOAD           NOW LAST 60 S     MOST  TIME             NOW LAST 60 S    MOST
requests/s     103 ▅▅▆▆▇▇▇███     109  answer p50     12 ms ██████████  12 ms
texts/s        412 ▅▅▆▆▇▇▇███     436  answer p95     30 ms ██████████  30 ms
tokens/s    12,345 ▅▅▆▆▇▇▇███  21,800  answer p99     38 ms ▆▆▇▇▇▇████ 147 ms
refused/s        0 ▁▁▁▁▁▁▁▁▁▁       0  queue urgent   20 ms ██████████  20 ms
failed/s         0 ▁▁▁▁▁▁▁▁▁▁       0  queue patient   0 ms ▁▁▁▁▁▁▁▁▁▁   0 ms
in flight       12 ▁▁▁▁▁▁▁▁▁▁       0  queue bulk      0 ms ▁▁▁▁▁▁▁▁▁▁   0 ms

WHERE TIME GOES, 21 ms on average ░▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▓█████████████████▞
░ tokenize 0.3  ▒ queue 12  ▓ dispatch 0.5  █ inference 8.0  ▞ serialize 0.1 ms

WORKERS  3, by ID, from A to Z
  ID   PROCESS  STATE TOKENS/S IN FLIGHT CREDIT   P99  CPU  MEMORY RESTARTS
> vm-0 610d1dfb ready   38,410         2      1 12 ms 98 % 123 MiB        0
  vm-1 610d1dfb ready   38,410         2      1 12 ms 98 % 123 MiB        0
  vm-2 610d1dfb ready   38,410         2      1 12 ms 98 % 123 MiB        0




q quit  ? all keys  Enter a worker  / filter  s sort  d drain  r resume  p pause
)";

TEST(TopFrame, TellsAllOfASmallServerAt80x24) { EXPECT_EQ(Shown(Busy()), kBusyScreen); }

// Names that others chose, and numbers that are too long.
TopState Wild(int workers) {
  TopState state = Busy();
  ShownSnapshot& snapshot = *state.snapshot;
  snapshot.model = "a-model\x1b[2J";
  snapshot.tokens_rate = 1e15;
  snapshot.workers.clear();
  for (int i = 0; i < workers; ++i) {
    snapshot.workers.push_back(Worker("vm-" + std::to_string(i)));
    snapshot.workers.back().resident_bytes = std::uint64_t{1} << (i % 60);
    snapshot.workers.back().state = i % 3 == 0 ? "lost" : "draining";
  }
  if (workers > 3) {
    snapshot.workers[0].id = std::string(300, 'x') + "\r\n";
    snapshot.workers[1].id = "東京データセンター東京データセンター";
    snapshot.workers[2].id = "\x1b]0;title\x07\u202e";
    snapshot.workers[3].id = "";
  }
  for (std::uint64_t i = 0; i < 20; ++i) {
    snapshot.events.push_back({.id = i, .text = "vm-0 was \x1b[31mlost", .worker = "vm-0"});
  }
  return state;
}

void CheckFits(const Frame& frame, ScreenSize size, CharacterSet set) {
  EXPECT_LE(frame.size(), static_cast<std::size_t>(size.rows));
  for (const FrameLine& line : frame) {
    std::string text;
    for (const Span& span : line) text += span.text;
    EXPECT_LE(CellsOf(text), size.columns) << size.columns << "x" << size.rows << ": " << text;
    EXPECT_EQ(Printable(text, set), text);
  }
}

TEST(TopFrame, FitsEveryScreenWhateverTheServerSays) {
  const ScreenSize sizes[] = {{1, 1},   {20, 5},  {59, 24},  {60, 16},  {61, 17},  {72, 20},
                              {80, 24}, {99, 33}, {100, 34}, {132, 43}, {200, 50}, {500, 200}};
  const TopView views[] = {{},
                           {.screen = TopView::Screen::kWorker, .selected = "vm-7"},
                           {.screen = TopView::Screen::kWorker, .selected = "gone"},
                           {.screen = TopView::Screen::kHelp},
                           {.filter = "\x1b東", .types_filter = true},
                           {.question = WorkerChange{true, std::string(300, 'y') + "\n"}},
                           {.note = "no\nway\x1b[2J", .paused = true}};
  TopState silent = Wild(5);
  silent.no_contact = "HTTP status 500: \x1b[5m";
  TopState fresh{.address = "here:1"};
  for (const TopState& state : {Wild(0), Wild(1), Wild(5), Wild(200), silent, fresh}) {
    for (const ScreenSize size : sizes) {
      for (const TopView& view : views) {
        for (const CharacterSet set : {CharacterSet::kUtf8, CharacterSet::kAscii}) {
          CheckFits(TopFrame(state, view, size, set), size, set);
        }
      }
    }
  }
}

TEST(TopFrame, OfManyWorkersTheSelectedOneIsThere) {
  TopState state = Busy();
  state.snapshot->workers.clear();
  for (int i = 0; i < 200; ++i)
    state.snapshot->workers.push_back(Worker("vm-" + std::to_string(i)));
  for (const char* id : {"vm-0", "vm-1", "vm-100", "vm-198", "vm-199"}) {
    EXPECT_THAT(Shown(state, {.selected = id}), HasSubstr("\n> " + std::string(id) + " ")) << id;
  }
  EXPECT_THAT(Shown(state, {.selected = "vm-199"}),
              HasSubstr("200, by ID, from A to Z; here 194 to 200"));
}

TEST(TopFrame, ANarrowScreenDropsColumnsAndNotTheState) {
  TopState state = Busy();
  const std::string narrow = Shown(state, {}, {60, 24});
  EXPECT_THAT(narrow, HasSubstr("STATE"));
  EXPECT_THAT(narrow, Not(HasSubstr("RESTARTS")));
  const std::string wide = Shown(state, {}, {200, 50});
  for (const char* heading : {"PROCESS", "RESTARTS", "ERRORS", "KERNELS", "PID", "ADDRESS"}) {
    EXPECT_THAT(wide, HasSubstr(heading));
  }
}

TEST(TopFrame, AQuestionANoteAndSilenceStandInTheLastLine) {
  TopState state = Busy();
  EXPECT_THAT(Shown(state, {.question = WorkerChange{true, "vm-1"}}),
              HasSubstr("\nDrain vm-1? It gets no more work until it is resumed. y/n\n"));
  EXPECT_THAT(Shown(state, {.note = "vm-1 is not drained: HTTP status 403: no"}),
              HasSubstr("\nvm-1 is not drained: HTTP status 403: no\n"));
  EXPECT_THAT(Shown(state, {.filter = "vm", .types_filter = true}),
              HasSubstr("\nShow workers with: vm "));
  state.no_contact = "cannot connect to here:1";
  EXPECT_THAT(Shown(state), HasSubstr("\ncannot connect to here:1\n"));
}

TEST(TopFrame, AllOfAWorkerFitsASmallScreen) {
  const std::string text = Shown(Busy(), {.screen = TopView::Screen::kWorker, .selected = "vm-1"});
  EXPECT_THAT(text, HasSubstr("\nWORKER  vm-1\n"));
  EXPECT_THAT(text, HasSubstr("ready: it gets batches"));
  EXPECT_THAT(text, HasSubstr("610d1dfb4cde3da3, pid 32511, its first life"));
  EXPECT_THAT(text, HasSubstr("memory         123 MiB"));
}

TEST(TopFrame, AScreenThatIsTooSmallSaysSo) {
  const std::string text = Shown(Busy(), {}, {59, 24});
  EXPECT_EQ(text, "The screen has 59x24 cells; top needs 60x16. q quits.\n");
}

TEST(TopFrame, InAsciiNothingElseIsShown) {
  const std::string text = Shown(Busy(), {}, {}, CharacterSet::kAscii);
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c >= ' ' && c < 0x7F)) << text;
  EXPECT_THAT(text, HasSubstr("+ Healthy: 3 workers"));
}

TEST(TopFrame, PrintedItHasAllWorkersAndNoKeys) {
  const std::string text = PlainText(PrintedTopFrame(Wild(200), 80, CharacterSet::kUtf8));
  EXPECT_THAT(text, HasSubstr("\n  vm-199 "));
  EXPECT_THAT(text, Not(HasSubstr("q quit")));
  EXPECT_THAT(text, Not(HasSubstr("\n> ")));
}

}  // namespace
}  // namespace shoal
