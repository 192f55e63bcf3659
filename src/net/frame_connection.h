// Frames (net/frame_reader.h) over a connected socket.
//
// Neither side's memory grows on the other's word: a frame that says it is too large ends the
// connection before any memory is taken for it, and so does a peer that does not read while more is
// sent than the outbox holds.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "base/descriptor.h"
#include "base/status.h"
#include "net/byte_connection.h"
#include "net/frame_reader.h"
#include "net/socket_loop.h"

namespace shoal {

struct FrameLimits {
  std::size_t max_frame = 64 << 20;    // bytes, of what is received
  std::size_t max_outbox = 128 << 20;  // bytes that wait to be sent, lengths included
};

// On the loop's thread only, from Start to the end; ends there too.
class FrameConnection final : public std::enable_shared_from_this<FrameConnection> {
 public:
  struct Events {
    // A frame, valid during the call. An error ends the connection with it.
    std::function<Status(std::string_view frame)> frame;
    // Last and once; not called where the owner called Cut. OK: the peer ended its side after a
    // whole frame.
    std::function<void(const Status& why)> closed;
  };

  // Takes a connected, non-blocking socket.
  static std::shared_ptr<FrameConnection> Start(SocketLoop& loop, Descriptor socket,
                                                FrameLimits limits, Events events);
  ~FrameConnection() { bytes_->Drop(); }

  // Room for a frame of `size` bytes in the outbox, which the caller fills before anything else.
  // nullptr: the connection has ended, or ends now because the peer does not read.
  char* Append(std::size_t size);

  // For the frames that follow; from within `frame` too.
  void set_max_frame(std::size_t max_frame) { reader_.set_max_frame(max_frame); }
  // What the outbox takes of memory, near enough: also what was sent since it was empty.
  std::size_t outbox_bytes() const { return bytes_->outbox_bytes(); }

  // Ends our side after what was appended; frames of the peer still come. No Append after it.
  void Finish() { bytes_->Finish(); }
  // Sends what the socket takes at once, then closes it. Nothing is heard after it.
  void Cut() { bytes_->Cut(); }

 private:
  FrameConnection(FrameLimits limits, Events events);
  Status Received(std::string_view bytes);
  Status PeerEnded() const;

  const FrameLimits limits_;
  const Events events_;
  FrameReader reader_;
  std::shared_ptr<ByteConnection> bytes_;
};

}  // namespace shoal
