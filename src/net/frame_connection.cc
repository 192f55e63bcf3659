#include "net/frame_connection.h"

#include <string>
#include <utility>

namespace shoal {

std::shared_ptr<FrameConnection> FrameConnection::Start(SocketLoop& loop, Descriptor socket,
                                                        FrameLimits limits, Events events) {
  std::shared_ptr<FrameConnection> connection(new FrameConnection(limits, std::move(events)));
  FrameConnection* const raw = connection.get();
  connection->bytes_ = ByteConnection::Start(
      loop, std::move(socket),
      {.received = [raw](std::string_view bytes) { return raw->Received(bytes); },
       .peer_ended = [raw] { return raw->PeerEnded(); },
       .fill = {},
       .finished = {},
       .closed =
           [raw](const Status& why) {
             const auto keep = raw->shared_from_this();  // the owner may let go
             raw->events_.closed(why);
           }});
  return connection;
}

FrameConnection::FrameConnection(FrameLimits limits, Events events)
    : limits_(limits), events_(std::move(events)), reader_(limits.max_frame) {}

char* FrameConnection::Append(std::size_t size) {
  if (bytes_->is_closing()) return nullptr;
  if (bytes_->waiting() + kFrameHeader + size > limits_.max_outbox) {
    bytes_->End(ResourceExhaustedError("the other side does not read: " +
                                       std::to_string(bytes_->waiting()) + " bytes wait for it"));
    return nullptr;
  }
  char* const frame = bytes_->Append(kFrameHeader + size);
  WriteFrameLength(size, frame);
  return frame + kFrameHeader;
}

Status FrameConnection::Received(std::string_view bytes) {
  const auto keep = shared_from_this();  // the owner may let go
  return reader_.Read(bytes, [this](std::string_view frame) -> Result<bool> {
    RETURN_IF_ERROR(events_.frame(frame));
    return !bytes_->is_ended();
  });
}

Status FrameConnection::PeerEnded() const {
  return reader_.is_between_frames() ? Status()
                                     : UnavailableError("the connection ended within a frame");
}

}  // namespace shoal
