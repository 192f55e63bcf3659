#include "edge/call_report.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace shoal {
namespace {

using std::chrono::microseconds;

struct Told {
  std::string request_id;
  Verdict verdict;
  microseconds total;
  microseconds serialize;
  std::uint64_t tokens;
};

class CallReportTest : public testing::Test {
 protected:
  ManualClock clock_;
  std::vector<Told> told_;
  const CallReports reports_{
      .clock = clock_, .ended = [this](const CallRecord& record) {
        told_.push_back({std::string(record.request_id), record.verdict, record.total,
                         record.serialize, record.work.tokens});
      }};
};

TEST_F(CallReportTest, TellsHowLongACallTookAndWhatItsAnswerDid) {
  CallReport report(reports_, Api::kTei);
  clock_.Advance(microseconds(100));
  report.BeginWriting();
  clock_.Advance(microseconds(20));
  report.End({.request_id = "r"}, {.tokens = 7});
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_[0].request_id, "r");
  EXPECT_EQ(told_[0].verdict, Verdict::kOk);
  EXPECT_EQ(told_[0].total, microseconds(120));
  EXPECT_EQ(told_[0].serialize, microseconds(20));
  EXPECT_EQ(told_[0].tokens, 7u);
}

TEST_F(CallReportTest, TellsTheFirstEndAlone) {
  CallReport report(reports_, Api::kGrpc);
  report.End({.verdict = Verdict::kInvalidJson});
  report.End({.verdict = Verdict::kCancelled});
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_[0].verdict, Verdict::kInvalidJson);
  EXPECT_EQ(told_[0].serialize, microseconds(0));
}

TEST_F(CallReportTest, NobodyNeedsToAsk) {
  const CallReports nobody{.clock = clock_};
  CallReport report(nobody, Api::kGrpc);
  report.End({});
  EXPECT_TRUE(report.has_ended());
}

}  // namespace
}  // namespace shoal
