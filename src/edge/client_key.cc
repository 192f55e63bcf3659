#include "edge/client_key.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/fnv.h"

namespace shoal {
namespace {

// In the order of the wire; IPv4 as ::ffff:a.b.c.d.
using Address = std::array<std::uint8_t, 16>;

constexpr Address kLoopback6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
constexpr std::array<std::uint8_t, 12> kMapped4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr std::size_t kNetworkBytes = 8;  // of an IPv6 address

bool IsMapped4(const Address& address) {
  return std::equal(kMapped4.begin(), kMapped4.end(), address.begin());
}

// "[::1]" and "%5B::1%5D" without their brackets and without a zone ("%25eth0").
std::string_view Unbracketed(std::string_view host) {
  for (const std::string_view open : {"[", "%5B", "%5b"}) {
    if (host.starts_with(open)) host.remove_prefix(open.size());
  }
  for (const std::string_view close : {"]", "%5D", "%5d"}) {
    if (host.ends_with(close)) host.remove_suffix(close.size());
  }
  return host.substr(0, host.find('%'));
}

std::optional<Address> AddressOf(std::string_view peer) {
  const std::string_view text = peer.substr(0, peer.rfind(':'));
  Address address = {};
  if (text.starts_with("ipv4:")) {
    std::copy(kMapped4.begin(), kMapped4.end(), address.begin());
    const std::string host(text.substr(5));
    if (inet_pton(AF_INET, host.c_str(), address.data() + kMapped4.size()) == 1) return address;
  } else if (text.starts_with("ipv6:")) {
    const std::string host(Unbracketed(text.substr(5)));
    if (inet_pton(AF_INET6, host.c_str(), address.data()) == 1) return address;
  }
  return std::nullopt;
}

std::uint64_t HashOf(char kind, std::string_view bytes) {
  return Fnv(bytes, FnvNext(kFnvBasis, static_cast<unsigned char>(kind)));
}

}  // namespace

bool IsLoopbackPeer(std::string_view peer) {
  if (peer.starts_with("unix:")) return true;
  const std::optional<Address> address = AddressOf(peer);
  if (!address) return false;
  return *address == kLoopback6 || (IsMapped4(*address) && (*address)[kMapped4.size()] == 127);
}

std::uint64_t ClientKey(std::string_view name, std::string_view peer) {
  if (!name.empty()) return HashOf('n', name);
  const std::optional<Address> address = AddressOf(peer);
  if (!address) return HashOf('p', peer);
  const std::size_t counts = IsMapped4(*address) ? address->size() : kNetworkBytes;
  return HashOf('a', {reinterpret_cast<const char*>(address->data()), counts});
}

}  // namespace shoal
