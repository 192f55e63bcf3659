// Where a server listens or is reached: HOST:PORT, read in one way by the whole product. Pure: no
// name is resolved.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace shoal {

struct Address {
  std::string host;  // an IP address without brackets, or a name
  std::uint16_t port = 0;
  bool operator==(const Address&) const = default;
};

// HOST is an IPv4 address, an IPv6 address in brackets (a zone as in "[fe80::1%eth0]" included), or
// a name of ASCII letters, digits and ".-_". PORT is 0 to 65535, decimal; whether 0 makes sense is
// the caller's to say. INVALID_ARGUMENT says what was found and what is accepted.
Result<Address> ParseAddress(std::string_view text);

// What ParseAddress reads: "[::1]:50050".
std::string ToString(const Address& address);

// In the order of the wire; IPv4 as ::ffff:a.b.c.d.
using IpBytes = std::array<std::uint8_t, 16>;

// An IP address without brackets, its zone ignored. Nothing: a name, or no address at all.
std::optional<IpBytes> ParseIp(std::string_view host);
bool IsIpv4(const IpBytes& ip);

// Reached from this machine only: 127.0.0.0/8, ::1, ::ffff:127.0.0.0/104 and the name "localhost".
// Every other name may lead anywhere, "127.0.0.1.nip.io" too.
bool IsLoopback(const IpBytes& ip);
bool IsLoopback(const Address& address);

}  // namespace shoal
