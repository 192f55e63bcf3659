// One run of traffic against a served endpoint: requests start when the schedule says (open loop)
// or when an answer sets a caller free (closed loop), and every answer becomes a LoadSample.
//
// In an open loop the calling thread sends, in a closed loop the one that brought the answer, and
// one at a time in either: texts and times come from the seed alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/embed_client.h"
#include "base/clock.h"
#include "load/arrivals.h"
#include "load/load_report.h"

namespace shoal {

struct LoadPlan {
  double rate = 0;              // requests per second; 0: a closed loop
  std::size_t concurrency = 0;  // callers of the closed loop
  ArrivalLaw arrival = ArrivalLaw::kPoisson;
  std::chrono::microseconds duration{0};  // requests start within it; their answers are awaited
  std::chrono::milliseconds deadline{0};  // of each request; 0: none
  std::size_t texts_per_request = 1;
  std::size_t text_tokens = 32;  // with [CLS] and [SEP]
  std::uint64_t seed = 1;
  std::string priority;  // of each request, as EmbedOptions has it
  std::string client;    // who sends them, likewise
};

// Blocks until every request is answered. The clients share the requests in turn; at least one.
// `dim` is what a vector must have; `tick` is called about four times a second with the answers so
// far; `stop` ends the sending early.
struct LoadRunHooks {
  std::function<void(std::uint64_t answered)> tick;
  std::function<bool()> stop;
};
LoadReport RunLoad(const LoadPlan& plan, const std::vector<std::unique_ptr<EmbedClient>>& clients,
                   int dim, const Clock& clock, const LoadRunHooks& hooks);

}  // namespace shoal
