// What a coordinator counts of its calls and batches, from the records of both.
#pragma once

#include <vector>

#include "api/records.h"
#include "telemetry/metrics.h"

namespace shoal {

// Thread-safe.
class CoordinatorProbe {
 public:
  explicit CoordinatorProbe(MetricsRegistry& registry);

  void CallEnded(const CallRecord& record);
  void BatchEnded(const BatchRecord& record);

 private:
  struct OfApi {
    std::vector<Counter> by_verdict;
    std::vector<Histogram> by_outcome;
  };

  void CountServed(const CallRecord& record);

  std::vector<OfApi> apis_;
  std::vector<Histogram> stages_;
  std::vector<std::vector<Counter>> refused_;  // by verdict and queue; of no refusal, empty
  Counter texts_;
  Counter tokens_;
  Histogram batch_items_;
  Histogram batch_tokens_;
  Histogram prediction_error_;
};

}  // namespace shoal
