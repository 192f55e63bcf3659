#include "telemetry/worker_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::HasSubstr;

TEST(WorkerProbe, CountsWhatStarted) {
  MetricsRegistry registry;
  WorkerProbe probe(registry,
                    {.version = "1", .kernel_table = "avx2", .model = "m", .precision = "fp32"});
  probe.BatchStarted(3);
  probe.BatchStarted(2);
  EXPECT_THAT(registry.Text(), HasSubstr("\nshoal_worker_items_executed_total 5"));
  EXPECT_THAT(registry.Text(), HasSubstr("\nshoal_worker_batches_executed_total 2"));
  EXPECT_THAT(registry.Text(), HasSubstr("isa=\"avx2\""));
}

}  // namespace
}  // namespace shoal
