#include "telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::HasSubstr;

TEST(Metrics, AreWrittenAsPrometheusReadsThem) {
  MetricsRegistry registry;
  Counter counter = registry.AddCounter("shoal_things_total", "Things.", {{"kind", "red"}});
  counter.Add();
  counter.Add(2);
  registry.AddGauge("shoal_level", "Level.", {}).Set(1.5);
  EXPECT_THAT(registry.Text(), HasSubstr("# TYPE shoal_things_total counter"));
  EXPECT_THAT(registry.Text(), HasSubstr("shoal_things_total{kind=\"red\"} 3"));
  EXPECT_THAT(registry.Text(), HasSubstr("shoal_level 1.5"));
}

TEST(Metrics, HistogramsCountIntoTheirBuckets) {
  MetricsRegistry registry;
  registry.AddHistogram("shoal_seconds", "Time.", {}, SecondsBuckets()).Observe(0.003);
  EXPECT_THAT(registry.Text(), HasSubstr("shoal_seconds_bucket{le=\"0.0025\"} 0"));
  EXPECT_THAT(registry.Text(), HasSubstr("shoal_seconds_bucket{le=\"0.005\"} 1"));
}

}  // namespace
}  // namespace shoal
