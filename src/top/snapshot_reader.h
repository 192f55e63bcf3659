// What a coordinator says of itself on its port for operators (docs/operator-api.md), as far as a
// screen shows it. A key that is missing, or holds something else, is a zero or an empty text: the
// server may be older or newer than this program.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/verdict.h"
#include "base/status.h"

namespace shoal {

struct ShownTimes {
  double mean = 0;  // ms
  double p50 = 0;
  double p95 = 0;
  double p99 = 0;
};

struct ShownStage {
  std::string name;
  double mean_ms = 0;
};

struct ShownQueue {
  std::string kind;
  std::uint64_t items = 0;
  double seconds = 0;  // that the workers need for them
};

struct ShownWorker {
  std::string id;
  std::string incarnation;
  std::string state;
  bool attached = false;
  std::uint64_t credit = 0;
  std::uint64_t in_flight = 0;  // batches
  double tokens_per_second = 0;
  std::uint64_t batches_done = 0;
  std::uint64_t items_done = 0;
  std::uint64_t restarts = 0;
  double cpu_seconds = 0;
  std::uint64_t resident_bytes = 0;
  double forward_p99_ms = 0;
  std::uint64_t errors = 0;
  std::string metrics_address;
  std::string peer;
  std::int64_t pid = 0;
  std::int64_t lanes = 0;
  std::string isa;
  std::optional<double> cpu_percent = {};  // between two snapshots; the reader leaves it out
};

struct ShownEvent {
  std::uint64_t id = 0;
  std::int64_t unix_ms = 0;
  std::string text;
  std::string worker;
  std::string kind = {};  // "lost"
};

inline constexpr std::array<std::string_view, 3> kShownQueues = {"urgent", "patient", "bulk"};

using ByVerdict = std::array<double, kVerdicts>;

// One second of a server.
struct ShownSecond {
  std::int64_t unix_second = 0;
  double requests = 0;
  double tokens = 0;  // served
  ByVerdict texts = {};
  std::optional<ShownTimes> latency = {};
  std::array<double, kShownQueues.size()> queue_seconds = {};
  double in_flight = 0;
  double offered_cost = 0;
  double capacity_cost = 0;
  double goodput_cost = 0;
  std::int64_t unix_ms = 0;  // its begin
};

struct ShownSnapshot {
  std::string version;
  std::string coordinator_id;
  std::string state;  // "ready", "not_ready", "draining"
  std::string model;
  std::string precision;
  double uptime_seconds = 0;
  ByVerdict requests = {};  // since the start
  double texts = 0;         // served since the start
  double tokens = 0;
  // A second, over the last ten.
  double requests_rate = 0;
  double texts_rate = 0;
  double tokens_rate = 0;
  double refused_rate = 0;
  double failed_rate = 0;
  std::optional<ShownTimes> latency = {};
  std::vector<ShownStage> stages = {};  // empty: nothing was served
  std::vector<ShownQueue> queues = {};
  std::uint64_t in_flight = 0;
  std::vector<ShownWorker> workers = {};
  std::optional<ShownSecond> second = {};  // the last whole one
  std::vector<ShownEvent> events = {};     // the oldest first
};

// The answer of /api/v1/snapshot. INVALID_ARGUMENT: it is none.
Result<ShownSnapshot> ReadSnapshot(std::string_view text);

// The answer of /api/v1/history, the oldest first.
Result<std::vector<ShownSecond>> ReadHistory(std::string_view text);

}  // namespace shoal
