// Private to rpc. What both ends of the worker link agree on.
#pragma once

namespace shoal {

inline constexpr char kJoinTokenKey[] = "x-shoal-join-token";

// gRPC's own liveness is only a backstop: Stats are the heartbeat.
inline constexpr int kLinkKeepaliveMs = 10'000;
inline constexpr int kLinkKeepaliveTimeoutMs = 5'000;

// A Result of 4,096 vectors of 4,096 floats fits.
inline constexpr int kLinkMaxMessageBytes = 64 << 20;

}  // namespace shoal
