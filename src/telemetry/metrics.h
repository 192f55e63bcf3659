// The metrics of a process, in the text format of Prometheus. A subsystem does not touch these
// types at its call sites: it has a probe (worker_probe.h) whose methods are named after what
// happened.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

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

// Thread-safe.
class MetricsRegistry {
 public:
  MetricsRegistry();
  ~MetricsRegistry();

  Counter AddCounter(const std::string& name, const std::string& help, const MetricLabels& labels);
  Gauge AddGauge(const std::string& name, const std::string& help, const MetricLabels& labels);
  Histogram AddHistogram(const std::string& name, const std::string& help,
                         const MetricLabels& labels, const std::vector<double>& buckets);

  // What /metrics answers.
  std::string Text() const;

 private:
  std::shared_ptr<prometheus::Registry> registry_;
};

}  // namespace shoal
