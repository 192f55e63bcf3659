// Who a caller is as long as nobody asks for a key: the name that it gives itself, else the address
// that it calls from.
//
// Peers are written as gRPC does: "ipv4:127.0.0.1:4711", "ipv6:%5B::1%5D:4711", "unix:/path".
#pragma once

#include <cstdint>
#include <string_view>

namespace shoal {

// A process of this machine: 127.0.0.0/8, ::1, a unix socket. False for what cannot be read.
bool IsLoopbackPeer(std::string_view peer);

// The hash of `name`; where that is empty, of the peer's address without the port. Of an IPv6
// address the first 64 bits count: the others are the caller's own to choose.
std::uint64_t ClientKey(std::string_view name, std::string_view peer);

// What people are shown of a caller: the beginning of `name`; where that is empty, the peer's
// address without the port. A part of one of both.
std::string_view ClientName(std::string_view name, std::string_view peer);

}  // namespace shoal
