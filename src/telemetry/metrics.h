// The metrics of a process, in the text format of Prometheus. A subsystem does not touch these
// types at its call sites: it has a probe (worker_probe.h) whose methods are named after what
// happened. What is known at any time is not counted along: it is asked for at a scrape.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/metric_table.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace shoal {

using MetricLabels = std::map<std::string, std::string>;

// Handles are copied freely and live as long as their registry. Thread-safe.
class Counter {
 public:
  explicit Counter(prometheus::Counter& counter) : counter_(&counter) {}
  void Add(double by = 1);

 private:
  prometheus::Counter* counter_;
};

class Gauge {
 public:
  explicit Gauge(prometheus::Gauge& gauge) : gauge_(&gauge) {}
  void Set(double value);

 private:
  prometheus::Gauge* gauge_;
};

class Histogram {
 public:
  explicit Histogram(prometheus::Histogram& histogram) : histogram_(&histogram) {}
  void Observe(double value);

 private:
  prometheus::Histogram* histogram_;
};

// Bounds in seconds that serve every duration of Shoal.
const std::vector<double>& SecondsBuckets();

// The values of one scrape.
class MetricFigures {
 public:
  MetricFigures();
  ~MetricFigures();

  // `metric` is a counter or a gauge.
  void Add(const Metric& metric, double value, const MetricLabels& labels = {});

 private:
  friend class MetricsRegistry;
  struct Families;
  std::unique_ptr<Families> families_;
};

// Thread-safe.
class MetricsRegistry {
 public:
  MetricsRegistry();
  ~MetricsRegistry();

  Counter AddCounter(const Metric& metric, const MetricLabels& labels = {});
  Gauge AddGauge(const Metric& metric, const MetricLabels& labels = {});
  Histogram AddHistogram(const Metric& metric, const MetricLabels& labels,
                         const std::vector<double>& buckets);
  // Asked at each scrape, on its thread. Before the first.
  void AddSource(std::function<void(MetricFigures&)> source);

  // What /metrics answers.
  std::string Text() const;

 private:
  std::shared_ptr<prometheus::Registry> registry_;
  std::vector<std::function<void(MetricFigures&)>> sources_;
};

}  // namespace shoal
