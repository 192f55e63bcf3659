#include "telemetry/coordinator_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using std::chrono::microseconds;
using testing::HasSubstr;
using testing::Not;

class CoordinatorProbeTest : public testing::Test {
 protected:
  void End(Verdict verdict, const CallWork& work) {
    probe_.CallEnded({.api = Api::kTei,
                      .verdict = verdict,
                      .texts = 2,
                      .total = microseconds(3000),
                      .serialize = microseconds(10),
                      .work = work,
                      .trace = {}});
  }

  MetricsRegistry registry_;
  CoordinatorProbe probe_{registry_};
};

TEST_F(CoordinatorProbeTest, CountsWhatWasServedWithItsStages) {
  End(Verdict::kOk,
      {.timing = {.tokenize_us = 100, .queue_us = 1100, .compute_us = 2000}, .tokens = 9});
  const std::string text = registry_.Text();
  EXPECT_THAT(text, HasSubstr("shoal_requests_total{api=\"tei\",verdict=\"ok\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nshoal_texts_total 2\n"));
  EXPECT_THAT(text, HasSubstr("\nshoal_tokens_total 9\n"));
  EXPECT_THAT(text, HasSubstr("stage_duration_seconds_sum{stage=\"queue\"} 0.001\n"));
  EXPECT_THAT(text, HasSubstr("stage_duration_seconds_count{stage=\"inference\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("request_duration_seconds_sum{api=\"tei\",outcome=\"ok\"} 0.003\n"));
}

TEST_F(CoordinatorProbeTest, CountsARefusalByItsQueue) {
  End(Verdict::kOverloaded, {.queue = "patient"});
  End(Verdict::kOverloaded, {});
  End(Verdict::kCancelled, {.queue = "urgent"});
  const std::string text = registry_.Text();
  EXPECT_THAT(text, HasSubstr("refused_total{queue=\"patient\",reason=\"overloaded\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("refused_total{queue=\"none\",reason=\"overloaded\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("reason=\"cancelled\"")));
  EXPECT_THAT(text, HasSubstr("outcome=\"failed\"} 0.003\n"));
  EXPECT_THAT(text, HasSubstr("\nshoal_texts_total 0\n"));
}

TEST_F(CoordinatorProbeTest, ComparesABatchWithItsPrediction) {
  const std::shared_ptr<const WorkerName> worker;
  probe_.BatchEnded({.worker = worker,
                     .items = 3,
                     .tokens = 40,
                     .execution = microseconds(150),
                     .predicted = microseconds(100),
                     .traces = {}});
  const std::string text = registry_.Text();
  EXPECT_THAT(text, HasSubstr("\nshoal_prediction_error_ratio_sum 1.5\n"));
  EXPECT_THAT(text, HasSubstr("\nshoal_batch_items_sum 3\n"));
}

TEST_F(CoordinatorProbeTest, CountsNoBatchThatWasTakenBack) {
  const std::shared_ptr<const WorkerName> worker;
  probe_.BatchEnded({.worker = worker, .items = 0, .tokens = 40, .traces = {}});
  EXPECT_THAT(registry_.Text(), HasSubstr("\nshoal_batch_items_count 0\n"));
  EXPECT_THAT(registry_.Text(), HasSubstr("\nshoal_batch_tokens_count 0\n"));
}

}  // namespace
}  // namespace shoal
