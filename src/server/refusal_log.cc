#include "server/refusal_log.h"

#include "telemetry/log.h"

namespace shoal {

void RefusalLog::Add(const RefusedConnection& refused) {
  total_ = refused.total;
  const auto place =
      limits_.try_emplace(std::string(refused.limit), Limit{.count = SampledCount(clock_)}).first;
  place->second.value = refused.value;
  if (const auto count = place->second.count.Add()) Say(place->first, place->second, *count);
}

void RefusalLog::SayRest() {
  for (auto& [name, limit] : limits_) {
    if (const auto count = limit.count.TakeRest()) Say(name, limit, *count);
  }
}

void RefusalLog::Say(const std::string& name, const Limit& limit, std::uint64_t count) const {
  LogWarn(
      "connections.refused",
      "new connections to the " + port_ + " port were closed: the limit of " + name + " is reached",
      {{"port", port_},
       {"reason", name},
       {"limit", static_cast<std::int64_t>(limit.value)},
       {"count", static_cast<std::int64_t>(count)},
       {"total", static_cast<std::int64_t>(total_)}});
}

}  // namespace shoal
