// What the dashboard's routes show, and where it comes from: functions, so that they know neither a
// coordinator nor a scheduler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/embed.h"
#include "base/status.h"
#include "dashboard/operator_logs.h"
#include "telemetry/client_usage.h"
#include "telemetry/slow_requests.h"

namespace shoal {

// Costs are in tokens of a short text.
struct DashboardFigures {
  struct Queue {
    std::string_view kind;
    std::size_t items = 0;
    double seconds = 0;             // that the workers need for it
    double oldest_age_seconds = 0;  // of the request that has waited longest
  };
  using ByReason = std::vector<std::pair<std::string_view, double>>;

  std::vector<Queue> queues;
  std::size_t queued_bytes = 0;
  std::size_t open_calls = 0;
  double capacity = 0;  // cost a second
  double offered = 0;   // cost since the beginning, as the next three; each request once
  double goodput = 0;
  ByReason wasted;
  ByReason saved;
  ByReason retries;  // texts that went back into a queue
  ByReason ejections;
  ByReason second_attempts;
  std::uint64_t second_attempt_batches = 0;  // that were sent
  std::uint64_t poison_bans = 0;             // texts
};

enum class ServingState { kNotReady, kReady, kDraining };
// "not_ready", "ready", "draining".
std::string_view Name(ServingState state);

// As `shoal config show` has it.
struct ConfigEntry {
  std::string name;
  std::string value;   // of a list, with commas
  std::string origin;  // "default", "file", "variable", "flag"
  std::string place;   // "shoal.toml:3", "SHOAL_THREADS", "--threads"
};

// Where requests are taken, as HOST:PORT.
struct ServingAddresses {
  std::string grpc;
  std::string http;  // empty: it is off
};

// Called on the thread of the routes; none blocks.
struct DashboardSources {
  std::function<ServiceInfo()> info;
  std::function<ServingState()> state;
  std::function<DashboardFigures()> figures;
  std::function<std::vector<KeptCall>()> slow_requests;
  std::function<std::vector<ClientUsage>()> usage;
  std::function<OperatorLogPage(const OperatorLogQuery&)> logs;
  std::function<Status(std::string_view level)> set_log_level;  // empty: it cannot be changed
  std::function<std::string_view()> log_level;                  // empty: not told
  std::function<ServingAddresses()> listen;                     // empty: not told
  std::function<std::string()> metrics;                         // the text of Prometheus
  std::vector<ConfigEntry> config;
  std::string revision;  // of the sources that the process was built from; empty: not known
};

}  // namespace shoal
