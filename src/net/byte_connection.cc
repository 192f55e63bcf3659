#include "net/byte_connection.h"

#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/check.h"

namespace shoal {
namespace {

// An outbox that once held much gives its memory back.
constexpr std::size_t kKept = 1 << 20;
// What one owner fills in a turn, so that a quick reader does not keep the others waiting.
constexpr int kFillsPerTurn = 8;

void Empty(std::string& bytes) {
  bytes.clear();
  if (bytes.capacity() > kKept) bytes.shrink_to_fit();
}

}  // namespace

std::shared_ptr<ByteConnection> ByteConnection::Start(SocketLoop& loop, Descriptor socket,
                                                      Events events) {
  std::shared_ptr<ByteConnection> connection(
      new ByteConnection(loop, std::move(socket), std::move(events)));
  loop.Watch(connection->socket_.get(), EPOLLIN, *connection);
  return connection;
}

ByteConnection::ByteConnection(SocketLoop& loop, Descriptor socket, Events events)
    : loop_(loop), socket_(std::move(socket)), events_(std::move(events)) {}

char* ByteConnection::Append(std::size_t size) {
  CHECK(loop_.IsOnThread(), "a connection belongs to its loop's thread");
  CHECK(!is_closing(), "nothing is sent after the end");
  if (sent_ > kKept && sent_ > outbox_.size() / 2) {  // a peer that is never quite up to date
    outbox_.erase(0, sent_);
    sent_ = 0;
  }
  const std::size_t start = outbox_.size();
  outbox_.resize(start + size);
  SendSoon();
  return outbox_.data() + start;
}

void ByteConnection::SendSoon() {
  if (ended_ || put_off_ || waits_for_room_) return;
  put_off_ = true;
  loop_.PutOff(socket_.get());
}

std::size_t ByteConnection::unacknowledged() const {
  int bytes = 0;
  return ioctl(socket_.get(), SIOCOUTQ, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

void ByteConnection::ReadAtMost(std::size_t bytes) {
  if (ended_ || bytes == read_at_most_) return;
  const bool changes = (bytes == 0) != (read_at_most_ == 0);
  read_at_most_ = std::min(bytes, kChunk);
  if (changes) WatchAgain();
}

void ByteConnection::FreeOutbox() {
  if (outbox_.empty()) std::string().swap(outbox_);
}

void ByteConnection::Finish() {
  if (ended_ || finishing_) return;
  finishing_ = true;
  SendSoon();
}

void ByteConnection::EndWhenSent() {
  if (ended_ || end_when_sent_) return;
  end_when_sent_ = true;
  finishing_ = true;
  WatchAgain();
  SendSoon();
}

void ByteConnection::Cut() {
  if (ended_) return;
  if (!waits_for_room_) Send();
  Drop();
}

void ByteConnection::Drop() {
  ended_ = true;
  if (socket_.get() < 0) return;
  loop_.Forget(socket_.get());
  socket_.Close();
}

void ByteConnection::Reset() {
  if (ended_) return;
  const linger at_once = {.l_onoff = 1, .l_linger = 0};
  setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  Drop();
}

void ByteConnection::End(const Status& why) {
  if (ended_) return;
  const std::shared_ptr<ByteConnection> keep = shared_from_this();  // the owner may let go
  Drop();
  events_.closed(why);
}

void ByteConnection::Ready(std::uint32_t events) {
  const std::shared_ptr<ByteConnection> keep = shared_from_this();
  if ((events & EPOLLOUT) != 0) Flush();
  const bool is_gone = (events & (EPOLLHUP | EPOLLERR)) != 0;  // reported to whom reads nothing too
  if (ended_ || !(is_gone || ((events & EPOLLIN) != 0 && reads()))) return;
  if (read_at_most_ > 0 || end_when_sent_) return Receive();
  End(sending_.ok() ? UnavailableError("the peer is gone") : sending_);
}

void ByteConnection::EndOfTurn() {
  const std::shared_ptr<ByteConnection> keep = shared_from_this();
  put_off_ = false;
  Flush();
}

// Once a turn, so that one peer that says much does not keep the others waiting.
void ByteConnection::Receive() {
  static thread_local std::array<char, kChunk> buffer;
  const std::size_t room = end_when_sent_ ? buffer.size() : read_at_most_;
  const ssize_t got = recv(socket_.get(), buffer.data(), room, 0);
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    return End(UnavailableError(ErrnoError("receive", errno).message()));
  }
  if (got == 0) return PeerEnded();
  if (end_when_sent_) return;
  const Status read = events_.received({buffer.data(), static_cast<std::size_t>(got)});
  if (!read.ok()) End(read);
}

void ByteConnection::PeerEnded() {
  if (!waits_for_room_) Send();
  if (!sending_.ok()) return End(sending_);
  if (peer_has_ended_) return End(Status());  // and now it is gone altogether
  if (const std::optional<Status> why = events_.peer_ended()) return End(*why);
  if (ended_) return;
  peer_has_ended_ = true;
  WatchAgain();
}

void ByteConnection::Flush() {
  bool more = false;
  int fills = 0;
  do {
    more = events_.fill && sending_.ok() && waiting() < kChunk && events_.fill(outbox_);
    if (ended_) return;
    Send();
  } while (more && outbox_.empty() && ++fills < kFillsPerTurn);
  const bool full = !outbox_.empty();
  if (!full && more) SendInNextTurn();
  if (!full && !more) {
    if (end_when_sent_) return End(sending_);
    if (finishing_ && !std::exchange(finished_, true)) {
      shutdown(socket_.get(), SHUT_WR);
      if (events_.finished) events_.finished();
      if (ended_) return;
    }
  }
  if (full == waits_for_room_) return;
  waits_for_room_ = full;
  WatchAgain();
}

void ByteConnection::SendInNextTurn() {
  loop_.Post([weak = weak_from_this()] {
    if (const auto connection = weak.lock()) connection->SendSoon();
  });
}

void ByteConnection::Send() {
  while (sent_ < outbox_.size()) {
    const ssize_t sent =
        send(socket_.get(), outbox_.data() + sent_, outbox_.size() - sent_, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return;
      sending_ = UnavailableError(ErrnoError("send", errno).message());
      shutdown(socket_.get(), SHUT_RDWR);  // behind what has come, the end is read
      break;
    }
    sent_ += static_cast<std::size_t>(sent);
    total_sent_ += static_cast<std::uint64_t>(sent);
  }
  sent_ = 0;
  Empty(outbox_);
}

void ByteConnection::WatchAgain() {
  loop_.Change(socket_.get(), (reads() ? static_cast<unsigned>(EPOLLIN) : 0u) |
                                  (waits_for_room_ ? static_cast<unsigned>(EPOLLOUT) : 0u));
}

}  // namespace shoal
