#include "dashboard/scrape_targets.h"

#include <algorithm>
#include <optional>

#include "base/address.h"
#include "edge/client_key.h"
#include "json/writer.h"

namespace shoal {
namespace {

bool IsAnyAddress(const IpBytes& ip) {
  const auto begin = IsIpv4(ip) ? ip.begin() + 12 : ip.begin();
  return std::all_of(begin, ip.end(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

std::string ScrapeAddress(const WorkerInfo& worker, std::string_view own_host) {
  const Result<Address> listens = ParseAddress(worker.metrics_address);
  if (!listens.ok()) return "";
  const std::optional<IpBytes> ip = ParseIp(listens->host);
  const bool is_here = worker.peer.empty() || IsLoopbackPeer(worker.peer);
  const bool leads_nowhere = ip && (IsAnyAddress(*ip) || (!is_here && IsLoopback(*ip)));
  if (!leads_nowhere) return worker.metrics_address;
  const std::string_view host = is_here ? own_host : ClientName("", worker.peer);
  return ToString({.host = std::string(host), .port = listens->port});
}

std::string ScrapeTargets(const ServiceInfo& info, std::string_view own_host) {
  std::string text;
  JsonWriter json(text);
  json.BeginArray();
  for (const WorkerInfo& worker : info.workers) {
    const std::string address = ScrapeAddress(worker, own_host);
    if (!worker.attached || address.empty()) continue;
    json.BeginObject().Key("targets").BeginArray().String(address).EndArray();
    json.Key("labels").BeginObject();
    json.Key("__meta_shoal_worker_id").String(worker.id);
    json.Key("__meta_shoal_incarnation").String(worker.incarnation);
    json.Key("__meta_shoal_isa").String(worker.kernel_table);
    json.Key("__meta_shoal_coordinator_id").String(info.coordinator_id);
    json.EndObject().EndObject();
  }
  json.EndArray();
  return text;
}

}  // namespace shoal
