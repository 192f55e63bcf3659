#include "telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::HasSubstr;

constexpr Metric kThings{"shoal_things_total", MetricKind::kCounter, "Things."};
constexpr Metric kLevel{"shoal_level", MetricKind::kGauge, "Level."};
constexpr Metric kTime{"shoal_seconds", MetricKind::kHistogram, "Time."};

TEST(Metrics, AreWrittenAsPrometheusReadsThem) {
  MetricsRegistry registry;
  Counter counter = registry.AddCounter(kThings, {{"kind", "red"}});
  counter.Add();
  counter.Add(2);
  registry.AddGauge(kLevel).Set(1.5);
  EXPECT_THAT(registry.Text(), HasSubstr("# TYPE shoal_things_total counter"));
  EXPECT_THAT(registry.Text(), HasSubstr("shoal_things_total{kind=\"red\"} 3"));
  EXPECT_THAT(registry.Text(), HasSubstr("shoal_level 1.5"));
}

TEST(Metrics, HistogramsCountIntoTheirBuckets) {
  MetricsRegistry registry;
  registry.AddHistogram(kTime, {}, SecondsBuckets()).Observe(0.003);
  EXPECT_THAT(registry.Text(), HasSubstr("shoal_seconds_bucket{le=\"0.0025\"} 0"));
  EXPECT_THAT(registry.Text(), HasSubstr("shoal_seconds_bucket{le=\"0.005\"} 1"));
}

TEST(Metrics, ASourceIsAskedAtEachScrape) {
  MetricsRegistry registry;
  double level = 1;
  registry.AddSource([&](MetricFigures& figures) {
    figures.Add(kLevel, level, {{"of", "a"}});
    figures.Add(kThings, 7);
    figures.Add(kLevel, 2 * level, {{"of", "b"}});
  });
  EXPECT_THAT(registry.Text(), HasSubstr("# TYPE shoal_level gauge\nshoal_level{of=\"a\"} 1\n"
                                         "shoal_level{of=\"b\"} 2\n"));
  level = 5;
  EXPECT_THAT(registry.Text(), HasSubstr("shoal_level{of=\"b\"} 10\n"));
  EXPECT_THAT(registry.Text(),
              HasSubstr("# TYPE shoal_things_total counter\nshoal_things_total 7\n"));
}

}  // namespace
}  // namespace shoal
