// A connected socket on a loop, for what gives its bytes a form: frames, HTTP/2, HTTP/1.1.
//
// What is sent in one turn of the loop leaves in one system call; what the peer sends is handed on
// from where it was received.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/status.h"
#include "net/socket_loop.h"

namespace shoal {

// On the loop's thread only, from Start to the end; ends there too.
class ByteConnection final : public std::enable_shared_from_this<ByteConnection>,
                             private SocketLoop::Watcher {
 public:
  struct Events {
    // What came, valid during the call. An error ends the connection with it.
    std::function<Status(std::string_view bytes)> received;
    // Once: the peer ended its side. Returns what the connection ends with. Nothing: it goes on,
    // for the peer may still read, until the owner ends it or the peer is gone altogether.
    std::function<std::optional<Status>()> peer_ended;
    // The outbox is about to be sent, and has room for kChunk bytes or more: append to it, and say
    // whether there is more for when this is sent. May be empty.
    std::function<bool(std::string& outbox)> fill;
    // Our side has ended after Finish: all is sent. May be empty.
    std::function<void()> finished;
    // Last and once; not called where the owner called Cut or Drop.
    std::function<void(const Status& why)> closed;
  };
  static constexpr std::size_t kChunk = 256 << 10;

  // Takes a connected, non-blocking socket.
  static std::shared_ptr<ByteConnection> Start(SocketLoop& loop, Descriptor socket, Events events);
  ~ByteConnection() { Drop(); }

  // Room for `size` bytes at the end of the outbox, which the caller fills before anything else;
  // they are sent at the end of the turn. Not after the connection has ended or been finished.
  char* Append(std::size_t size);
  // Sends at the end of the turn what is in the outbox by then, after `fill`.
  void SendSoon();

  // Receives at most so many bytes at a time from now on, kChunk at first. 0: none, and the peer's
  // end is not noticed either, unless it is gone altogether.
  void ReadAtMost(std::size_t bytes);
  // An empty outbox gives its memory back, for a connection that is silent for long.
  void FreeOutbox();

  // Nothing is sent or received any more.
  bool is_ended() const { return ended_; }
  // Nothing is sent any more.
  bool is_closing() const { return ended_ || finishing_ || !sending_.ok(); }
  // Bytes that wait to be sent.
  std::size_t waiting() const { return outbox_.size() - sent_; }
  // Bytes that the socket has taken so far.
  std::uint64_t total_sent() const { return total_sent_; }
  // Of these, that the peer's machine has not taken yet.
  std::size_t unacknowledged() const;
  // What the outbox takes of memory, near enough: also what was sent since it was empty.
  std::size_t outbox_bytes() const { return outbox_.size(); }

  // Ends our side after what was appended; what the peer sends still comes.
  void Finish();
  // Ends the connection as soon as what was appended is sent; nothing is received any more.
  void EndWhenSent();
  // Ends it now, and tells the owner.
  void End(const Status& why);
  // Sends what the socket takes at once, then closes it. Nothing is heard after it.
  void Cut();
  // Closes it. Nothing is heard after it.
  void Drop();
  // Drop, and the peer hears at once that we are gone; a close alone may be the end of our side.
  void Reset();

 private:
  ByteConnection(SocketLoop& loop, Descriptor socket, Events events);
  void Ready(std::uint32_t events) override;
  void EndOfTurn() override;
  void Receive();
  void PeerEnded();
  bool reads() const { return !end_when_sent_ && !peer_has_ended_ && read_at_most_ > 0; }
  void Flush();
  void Send();
  void SendInNextTurn();
  void WatchAgain();

  SocketLoop& loop_;
  Descriptor socket_;
  Events events_;
  std::string outbox_;
  std::size_t sent_ = 0;  // bytes of outbox_
  std::uint64_t total_sent_ = 0;
  std::size_t read_at_most_ = kChunk;
  bool peer_has_ended_ = false;
  bool put_off_ = false;
  bool waits_for_room_ = false;  // the socket was full
  bool finishing_ = false;
  bool finished_ = false;
  bool end_when_sent_ = false;
  Status sending_;  // an error: nothing can be sent; what the peer sent before may still come
  bool ended_ = false;
};

}  // namespace shoal
