#include "edge/client_key.h"

#include <optional>
#include <string>

#include "base/address.h"
#include "base/fnv.h"
#include "base/percent.h"

namespace shoal {
namespace {

constexpr std::size_t kNetworkBytes = 8;  // of an IPv6 address

std::optional<IpBytes> IpOf(std::string_view peer) {
  if (!peer.starts_with("ipv4:") && !peer.starts_with("ipv6:")) return std::nullopt;
  const Result<Address> address = ParseAddress(PercentDecoded(peer.substr(5)));
  return address.ok() ? ParseIp(address->host) : std::nullopt;
}

std::uint64_t HashOf(char kind, std::string_view bytes) {
  return Fnv(bytes, FnvNext(kFnvBasis, static_cast<unsigned char>(kind)));
}

}  // namespace

bool IsLoopbackPeer(std::string_view peer) {
  if (peer.starts_with("unix:")) return true;
  const std::optional<IpBytes> ip = IpOf(peer);
  return ip && IsLoopback(*ip);
}

std::uint64_t ClientKey(std::string_view name, std::string_view peer) {
  if (!name.empty()) return HashOf('n', name);
  const std::optional<IpBytes> ip = IpOf(peer);
  if (!ip) return HashOf('p', peer);
  const std::size_t counts = IsIpv4(*ip) ? ip->size() : kNetworkBytes;
  return HashOf('a', {reinterpret_cast<const char*>(ip->data()), counts});
}

std::string_view ClientName(std::string_view name, std::string_view peer) {
  constexpr std::size_t kMostOfName = 128;
  if (!name.empty()) return name.substr(0, kMostOfName);
  if (!peer.starts_with("ipv4:") && !peer.starts_with("ipv6:")) return peer;
  std::string_view host = peer.substr(5, peer.rfind(':') - 5);
  constexpr std::string_view kOpen = "%5B", kClose = "%5D";  // brackets
  if (host.starts_with(kOpen)) host.remove_prefix(kOpen.size());
  if (host.ends_with(kClose)) host.remove_suffix(kClose.size());
  return host;
}

}  // namespace shoal
