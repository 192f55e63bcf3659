// One run of traffic against a served endpoint: requests start when the schedule says (open loop)
// or when an answer sets a caller free (closed loop), and every answer becomes a LoadSample.
//
// In an open loop the calling thread sends, in a closed loop the one that brought the answer, and
// one at a time in either: texts and times come from the seed alone. What has a time of its own,
// the giving up of a request and the next attempt of a refused one, the calling thread does.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/embed_client.h"
#include "base/clock.h"
#include "load/load_plan.h"
#include "load/load_report.h"

namespace shoal {

// What a run, or one process of it, brought home.
struct LoadRows {
  std::vector<LoadSample> samples;  // without those of the warm-up
  std::uint64_t offered = 0;
  std::chrono::microseconds duration{0};  // of the plan, or until it was stopped
  std::int64_t start_unix_ms = 0;
  double generator_cpu_seconds = 0;
  std::string wrong_example;  // of a known vector; empty: none was wrong
};

// How far a run is; nothing of the warm-up counts, during which `elapsed` is below 0.
struct LoadProgress {
  std::chrono::microseconds elapsed{0};
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::span<const LoadSample> answers = {};  // those that came since the last time
};

// `tick` and then `stop` are called about four times a second, on the thread that sends, so they
// have to be quick. `stop` ends the sending early: the rows are then of what was sent and of the
// time until then.
struct LoadRunHooks {
  std::function<void(const LoadProgress& progress)> tick;
  std::function<bool()> stop;
};
// Blocks until every request is answered. The clients share the requests in turn; at least one.
// `dim` is what a vector must have.
LoadRows SendLoad(const LoadPlan& plan, const std::vector<std::unique_ptr<EmbedClient>>& clients,
                  int dim, const Clock& clock, const LoadRunHooks& hooks);

LoadReport ReportOf(const LoadPlan& plan, const LoadRows& rows);

LoadReport RunLoad(const LoadPlan& plan, const std::vector<std::unique_ptr<EmbedClient>>& clients,
                   int dim, const Clock& clock, const LoadRunHooks& hooks);

}  // namespace shoal
