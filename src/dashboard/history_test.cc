#include "dashboard/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kToUnixMs = 1'700'000'000'123;

class HistoryTest : public testing::Test {
 protected:
  void EndCall() {
    const CallWork work;
    const TraceContext trace;
    tally_.CallEnded(
        {.verdict = Verdict::kOk, .texts = 3, .arrived = now_, .work = work, .trace = trace});
  }
  std::size_t Take() {
    const auto now_ms = std::chrono::floor<milliseconds>(now_.time_since_epoch()).count();
    return history_.Take(now_, kToUnixMs + now_ms, tally_, {.goodput = goodput_});
  }
  std::vector<std::uint64_t> Requests() const {
    std::vector<std::uint64_t> requests;
    for (std::size_t i = 0; i < history_.size(); ++i) requests.push_back(history_[i].requests);
    return requests;
  }

  History::TimePoint now_{seconds(100) + milliseconds(400)};
  double goodput_ = 0;
  CallTally tally_{now_};
  History history_{now_};
};

TEST_F(HistoryTest, BeginsWithTheSecondInWhichTheServerDid) {
  EXPECT_EQ(history_.due(), History::TimePoint(milliseconds(101'050)));
  EXPECT_EQ(Take(), 0u);
  EndCall();
  now_ = history_.due();
  EXPECT_EQ(Take(), 1u);
  EXPECT_EQ(history_[0].unix_ms, kToUnixMs + 100'000);
  EXPECT_EQ(history_[0].requests, 1u);
  EXPECT_EQ(history_.due(), History::TimePoint(milliseconds(102'050)));
}

TEST_F(HistoryTest, FillsSecondsInWhichNobodyLooked) {
  EndCall();
  now_ += seconds(2);
  EndCall();
  now_ += seconds(1);
  goodput_ = 9;
  EXPECT_EQ(Take(), 3u);
  EXPECT_THAT(Requests(), ElementsAre(1, 0, 1));
  EXPECT_EQ(history_[2].unix_ms - history_[0].unix_ms, 2'000);
  EXPECT_EQ(history_[0].goodput_cost, 0);
  EXPECT_EQ(history_[2].goodput_cost, 9) << "all since the last look";
}

TEST_F(HistoryTest, LosesNoCallThatIsToldAfterItsSecond) {
  EndCall();
  now_ += milliseconds(650);
  Take();
  now_ -= milliseconds(60);
  EndCall();
  now_ += seconds(1) + milliseconds(60);
  Take();
  EXPECT_THAT(Requests(), ElementsAre(1, 1));
}

TEST_F(HistoryTest, KeepsFiveMinutes) {
  for (int i = 0; i < 310; ++i, now_ += seconds(1)) Take();
  EXPECT_EQ(history_.size(), 300u);
  EXPECT_EQ(history_[0].unix_ms, kToUnixMs + (100 + 309 - 300) * 1'000);
  EXPECT_EQ(history_[299].unix_ms - history_[0].unix_ms, 299'000);
  now_ += seconds(100'000);
  EXPECT_EQ(Take(), 300u);
  EXPECT_EQ(history_[299].unix_ms - history_[0].unix_ms, 299'000);
}

TEST_F(HistoryTest, IsAListOfSecondsOldestFirst) {
  EXPECT_EQ(history_.Json(), R"({"seconds":[]})");
  now_ += seconds(2);
  Take();
  EXPECT_THAT(history_.Json(), HasSubstr(R"({"seconds":[{"unix_ms":1700000100123,"re)"));
  EXPECT_THAT(history_.Json(), HasSubstr(R"(},{"unix_ms":1700000101123,"re)"));
}

TEST(ToUnixMs, ShakesNotButFollowsWhoSetsTheTime) {
  EXPECT_EQ(ToUnixMs(0, 5'000), 5'000);
  EXPECT_EQ(ToUnixMs(5'000, 5'003), 5'000);
  EXPECT_EQ(ToUnixMs(5'000, 4'400), 4'400);
}

}  // namespace
}  // namespace shoal
