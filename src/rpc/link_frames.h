// Private to rpc. What both ends of the worker link agree on, below the messages.
#pragma once

#include <cstddef>

#include "net/frame_connection.h"
#include "rpc/link_batches.h"

namespace shoal {

// A Result of 4,096 vectors of 4,096 floats fits.
inline constexpr std::size_t kLinkMaxMessageBytes = 64 << 20;
// Two results of a lane each may wait for a coordinator that is slow to read.
inline constexpr std::size_t kLinkMaxOutboxBytes = 128 << 20;
// Heartbeats find a silent peer; this ends what TCP itself would try for a quarter of an hour.
inline constexpr int kLinkTcpTimeoutMs = 15'000;

// Each message is a frame of `connection`, if that still takes one.
inline MakeRoom FramesOf(FrameConnection& connection) {
  return [&connection](std::size_t size) { return connection.Append(size); };
}

}  // namespace shoal
