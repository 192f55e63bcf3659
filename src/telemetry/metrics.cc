#include "telemetry/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <sstream>

#include "base/check.h"

namespace shoal {

void Counter::Add(double by) { counter_->Increment(by); }
void Gauge::Set(double value) { gauge_->Set(value); }
void Histogram::Observe(double value) { histogram_->Observe(value); }

const std::vector<double>& SecondsBuckets() {
  static const std::vector<double> buckets = {.0005, .001, .0025, .005, .01, .025, .05, .1,
                                              .25,   .5,   1,     2.5,  5,   10,   30,  60};
  return buckets;
}

struct MetricFigures::Families {
  std::vector<prometheus::MetricFamily> all;
};

MetricFigures::MetricFigures() : families_(std::make_unique<Families>()) {}
MetricFigures::~MetricFigures() = default;

void MetricFigures::Add(const Metric& metric, double value, const MetricLabels& labels) {
  std::vector<prometheus::MetricFamily>& all = families_->all;
  auto family = std::find_if(all.begin(), all.end(),
                             [&](const auto& known) { return known.name == metric.name; });
  if (family == all.end()) {
    family = all.emplace(all.end());
    family->name = metric.name;
    family->help = metric.help;
    family->type = metric.kind == MetricKind::kCounter ? prometheus::MetricType::Counter
                                                       : prometheus::MetricType::Gauge;
  }
  prometheus::ClientMetric& added = family->metric.emplace_back();
  for (const auto& [name, label] : labels) added.label.push_back({name, label});
  added.counter.value = value;
  added.gauge.value = value;
}

MetricsRegistry::MetricsRegistry() : registry_(std::make_shared<prometheus::Registry>()) {}
MetricsRegistry::~MetricsRegistry() = default;

Counter MetricsRegistry::AddCounter(const Metric& metric, const MetricLabels& labels) {
  CHECK(metric.kind == MetricKind::kCounter, "the table says that it is a counter");
  auto& family = prometheus::BuildCounter()
                     .Name(std::string(metric.name))
                     .Help(std::string(metric.help))
                     .Register(*registry_);
  return Counter(family.Add(labels));
}

Gauge MetricsRegistry::AddGauge(const Metric& metric, const MetricLabels& labels) {
  CHECK(metric.kind == MetricKind::kGauge, "the table says that it is a gauge");
  auto& family = prometheus::BuildGauge()
                     .Name(std::string(metric.name))
                     .Help(std::string(metric.help))
                     .Register(*registry_);
  return Gauge(family.Add(labels));
}

Histogram MetricsRegistry::AddHistogram(const Metric& metric, const MetricLabels& labels,
                                        const std::vector<double>& buckets) {
  CHECK(metric.kind == MetricKind::kHistogram, "the table says that it is a histogram");
  auto& family = prometheus::BuildHistogram()
                     .Name(std::string(metric.name))
                     .Help(std::string(metric.help))
                     .Register(*registry_);
  return Histogram(family.Add(labels, buckets));
}

void MetricsRegistry::AddSource(std::function<void(MetricFigures&)> source) {
  sources_.push_back(std::move(source));
}

std::string MetricsRegistry::Text() const {
  std::vector<prometheus::MetricFamily> families = registry_->Collect();
  MetricFigures figures;
  for (const auto& source : sources_) source(figures);
  for (prometheus::MetricFamily& family : figures.families_->all) {
    families.push_back(std::move(family));
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return out.str();
}

}  // namespace shoal
