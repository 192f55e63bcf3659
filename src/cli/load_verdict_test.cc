#include "cli/load_verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Optional;

struct Rig {
  std::vector<Threshold> thresholds;
  RunJudge judge;
  std::chrono::microseconds elapsed{0};

  explicit Rig(std::string_view threshold)
      : thresholds({*ParseThreshold(threshold)}),
        judge(thresholds, {.rate = 100, .duration = seconds(10)}) {}
  void Answer(std::size_t count, StatusCode code) {
    const std::vector<LoadSample> answers(count, {.answered = milliseconds(5), .code = code});
    judge.Take({.elapsed = elapsed, .answers = answers});
  }
  bool EndsAfter(milliseconds time) {
    elapsed += time;
    judge.Take({.elapsed = elapsed});
    return judge.breach().has_value();
  }
};

TEST(RunJudge, EndsARunThatMeetsAThresholdOnceItHasHadTime) {
  Rig rig("errors>1%");
  rig.Answer(200, StatusCode::kInternal);
  EXPECT_FALSE(rig.EndsAfter(milliseconds(1900)));
  EXPECT_TRUE(rig.EndsAfter(seconds(2)));
  EXPECT_THAT(rig.judge.breach(), Optional(HasSubstr("errors>1%: found 100 %")));
}

TEST(RunJudge, LooksOnceASecond) {
  Rig rig("errors>0");
  EXPECT_FALSE(rig.EndsAfter(seconds(3)));
  rig.Answer(1, StatusCode::kInternal);
  EXPECT_FALSE(rig.EndsAfter(milliseconds(900)));
  EXPECT_TRUE(rig.EndsAfter(milliseconds(100)));
}

TEST(RunJudge, AwaitsTheLastAnswersWithoutAJudgement) {
  Rig rig("rate<50");
  rig.Answer(600, StatusCode::kOk);
  EXPECT_FALSE(rig.EndsAfter(seconds(9)));
  EXPECT_FALSE(rig.EndsAfter(seconds(9)));
}

TEST(RunJudge, OfARunThatMeetsNothingHasNoBreach) {
  Rig rig("errors>0");
  rig.Answer(200, StatusCode::kOk);
  EXPECT_FALSE(rig.EndsAfter(seconds(5)));
  EXPECT_FALSE(rig.judge.breach());
}

}  // namespace
}  // namespace shoal
