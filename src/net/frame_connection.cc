#include "net/frame_connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace shoal {
namespace {

constexpr std::size_t kReceive = 256 << 10;
// An outbox that once held much gives its memory back.
constexpr std::size_t kKept = 1 << 20;

void Empty(std::string& bytes) {
  bytes.clear();
  if (bytes.capacity() > kKept) bytes.shrink_to_fit();
}

}  // namespace

std::shared_ptr<FrameConnection> FrameConnection::Start(SocketLoop& loop, Descriptor socket,
                                                        FrameLimits limits, Events events) {
  std::shared_ptr<FrameConnection> connection(
      new FrameConnection(loop, std::move(socket), limits, std::move(events)));
  loop.Watch(connection->socket_.get(), EPOLLIN, *connection);
  return connection;
}

FrameConnection::FrameConnection(SocketLoop& loop, Descriptor socket, FrameLimits limits,
                                 Events events)
    : loop_(loop),
      socket_(std::move(socket)),
      limits_(limits),
      events_(std::move(events)),
      reader_(limits.max_frame) {}

FrameConnection::~FrameConnection() { Close(); }

char* FrameConnection::Append(std::size_t size) {
  CHECK(loop_.IsOnThread(), "a connection belongs to its loop's thread");
  if (ended_ || finishing_ || !sending_.ok()) return nullptr;
  if (outbox_.size() - sent_ + kFrameHeader + size > limits_.max_outbox) {
    End(ResourceExhaustedError("the other side does not read: " +
                               std::to_string(outbox_.size() - sent_) + " bytes wait for it"));
    return nullptr;
  }
  if (sent_ > kKept && sent_ > outbox_.size() / 2) {  // a peer that is never quite up to date
    outbox_.erase(0, sent_);
    sent_ = 0;
  }
  const std::size_t start = outbox_.size();
  outbox_.resize(start + kFrameHeader + size);
  WriteFrameLength(size, outbox_.data() + start);
  if (!put_off_ && !waits_for_room_) {
    put_off_ = true;
    loop_.PutOff(socket_.get());
  }
  return outbox_.data() + start + kFrameHeader;
}

void FrameConnection::Finish() {
  if (ended_ || finishing_) return;
  finishing_ = true;
  if (!put_off_ && !waits_for_room_) Flush();
}

void FrameConnection::Cut() {
  if (ended_) return;
  if (!waits_for_room_) Flush();
  ended_ = true;
  Close();
}

void FrameConnection::Ready(std::uint32_t events) {
  const std::shared_ptr<FrameConnection> keep = shared_from_this();
  if ((events & EPOLLOUT) != 0) Flush();
  if (!ended_ && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) Receive();
}

void FrameConnection::EndOfTurn() {
  const std::shared_ptr<FrameConnection> keep = shared_from_this();
  put_off_ = false;
  Flush();
}

// Once a turn, so that one peer that says much does not keep the others waiting.
void FrameConnection::Receive() {
  static thread_local std::array<char, kReceive> buffer;
  const ssize_t got = recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    return End(UnavailableError(ErrnoError("receive", errno).message()));
  }
  if (got == 0) {
    if (!waits_for_room_) Flush();
    if (!sending_.ok()) return End(sending_);
    return End(reader_.is_between_frames()
                   ? Status()
                   : UnavailableError("the connection ended within a frame"));
  }
  const Status read = reader_.Read({buffer.data(), static_cast<std::size_t>(got)},
                                   [this](std::string_view frame) -> Result<bool> {
                                     RETURN_IF_ERROR(events_.frame(frame));
                                     return !ended_;
                                   });
  if (!read.ok()) End(read);
}

void FrameConnection::Flush() {
  while (sent_ < outbox_.size()) {
    const ssize_t sent =
        send(socket_.get(), outbox_.data() + sent_, outbox_.size() - sent_, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) break;
      sending_ = UnavailableError(ErrnoError("send", errno).message());
      sent_ = outbox_.size();
      shutdown(socket_.get(), SHUT_RDWR);  // behind what has come, the end is read
      break;
    }
    sent_ += static_cast<std::size_t>(sent);
  }
  const bool full = sent_ < outbox_.size();
  if (!full) {
    sent_ = 0;
    Empty(outbox_);
    if (finishing_) shutdown(socket_.get(), SHUT_WR);
  }
  if (full == waits_for_room_) return;
  waits_for_room_ = full;
  loop_.Change(socket_.get(), full ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void FrameConnection::End(const Status& why) {
  if (ended_) return;
  const std::shared_ptr<FrameConnection> keep = shared_from_this();  // the owner may let go
  ended_ = true;
  Close();
  events_.closed(why);
}

void FrameConnection::Close() {
  if (socket_.get() < 0) return;
  loop_.Forget(socket_.get());
  socket_.Close();
}

}  // namespace shoal
