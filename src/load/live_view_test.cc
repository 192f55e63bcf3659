#include "load/live_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "load/load_run.h"

namespace shoal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Three seconds of ten requests each: in time, all refused, in time but for one late.
LiveView Shown() {
  LiveView view(seconds(20), milliseconds(100));
  for (int second = 0; second < 3; ++second) {
    std::vector<LoadSample> answers;
    for (int i = 0; i < 10; ++i) {
      const milliseconds sent(1000 * second + 50 * i);
      const milliseconds took(second == 2 && i == 0 ? 300 : 20 + i);
      answers.push_back({.intended = sent, .sent = sent, .answered = sent + took});
      if (second == 1) answers.back().code = StatusCode::kResourceExhausted;
    }
    const auto done = static_cast<std::uint64_t>(10 * (second + 1));
    view.Add({.elapsed = milliseconds(1000 * second + 900),
              .sent = done + 4,
              .answered = done,
              .answers = answers});
  }
  view.Add({.elapsed = milliseconds(3100), .sent = 34, .answered = 30});
  return view;
}

TEST(LiveView, ShowsTheLastWholeSecondAndHowItWent) {
  EXPECT_EQ(PlainText(Shown().Draw(100, CharacterSet::kAscii)),
            "load      0:03 of 0:20  ###.................  30 answered, 4 in flight\n"
            "sent           10/s  #++\n"
            "in time         9/s  #_#\n"
            "p99          300 ms  . #\n"
            "latency   p50 25.0 ms  p90 29.0 ms  p99 300 ms  slowest 300 ms  in the last second\n"
            "verdicts  in time 19  late 1  refused 10  failed 0\n");
}

TEST(LiveView, KnowsNothingBeforeTheFirstSecondIsOver) {
  LiveView view(seconds(2), milliseconds(0));
  view.Add({.elapsed = milliseconds(250), .sent = 5, .answered = 0});
  EXPECT_EQ(PlainText(view.Draw(100, CharacterSet::kUtf8)),
            "load      0:00 of 0:02  ━━──────────────────  0 answered, 5 in flight\n"
            "sent           20/s\n"
            "answered        0/s\n"
            "p99\n"
            "latency   not known yet\n"
            "verdicts  answered 0  refused 0  failed 0\n");
}

TEST(LiveView, OfAWarmUpShowsThatItIsOne) {
  LiveView view(seconds(2), milliseconds(0));
  view.Add({.elapsed = milliseconds(-750)});
  EXPECT_THAT(PlainText(view.Draw(100, CharacterSet::kAscii)),
              testing::HasSubstr("0:00 of 0:02  ....................  0 answered, 0 in flight, "
                                 "warming up\n"));
}

TEST(LiveView, IsNeverWiderThanTheTerminal) {
  for (int columns = 1; columns < 90; ++columns) {
    for (const FrameLine& line : Shown().Draw(columns, CharacterSet::kUtf8)) {
      int cells = 0;
      for (const Span& span : line) cells += CellsOf(span.text);
      EXPECT_LE(cells, columns);
    }
  }
}

TEST(LiveView, OfALongRunTheEndIsShown) {
  LiveView view(seconds(100), milliseconds(0));
  for (int second = 0; second <= 50; ++second) {
    view.Add({.elapsed = seconds(second), .sent = static_cast<std::uint64_t>(second)});
  }
  const std::string text = PlainText(view.Draw(31, CharacterSet::kAscii));
  EXPECT_THAT(text, testing::HasSubstr("sent            1/s  ##########\n"));
}

}  // namespace
}  // namespace shoal
