#include "telemetry/client_usage.h"

#include <algorithm>

#include "base/utf8.h"

namespace shoal {

void ClientUsages::CallEnded(const CallRecord& record) {
  ClientUsage& usage = Of(record.client);
  ++usage.requests;
  switch (OutcomeOf(record.verdict)) {
    case Outcome::kOk:
      usage.texts += record.texts;
      usage.tokens += record.work.tokens;
      return;
    case Outcome::kRefused:
      ++usage.refused;
      return;
    case Outcome::kFailed:
      ++usage.failed;
      return;
  }
}

ClientUsage& ClientUsages::Of(std::string_view client) {
  const auto known = clients_.find(client);
  if (known != clients_.end()) return known->second;
  if (clients_.size() >= most_) return others_;
  ClientUsage& added = clients_[std::string(client)];
  added.client = ReadableUtf8(client);
  return added;
}

std::vector<ClientUsage> ClientUsages::List() const {
  std::vector<ClientUsage> list;
  for (const auto& [name, usage] : clients_) list.push_back(usage);
  std::stable_sort(list.begin(), list.end(), [](const ClientUsage& a, const ClientUsage& b) {
    return a.requests > b.requests;
  });
  if (others_.requests > 0) list.push_back(others_);
  return list;
}

}  // namespace shoal
