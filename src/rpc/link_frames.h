// Private to rpc. What both ends of the worker link agree on, below the messages.
#pragma once

#include <cstddef>
#include <cstdint>

#include "net/frame_connection.h"

namespace shoal {

// A Result of 4,096 vectors of 4,096 floats fits.
inline constexpr std::size_t kLinkMaxMessageBytes = 64 << 20;
// Two results of a lane each may wait for a coordinator that is slow to read.
inline constexpr std::size_t kLinkMaxOutboxBytes = 128 << 20;
// Heartbeats find a silent peer; this ends what TCP itself would try for a quarter of an hour.
inline constexpr int kLinkTcpTimeoutMs = 15'000;

// Appends `message` (of protobuf) as a frame, if the connection still takes one.
template <typename Message>
void AppendFrame(FrameConnection& connection, const Message& message) {
  char* const room = connection.Append(message.ByteSizeLong());
  if (room == nullptr) return;
  message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(room));
}

}  // namespace shoal
