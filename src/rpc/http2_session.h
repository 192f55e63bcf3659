// Private to rpc. HTTP/2 of one connection that a client opened, without its socket: bytes in,
// requests out; responses in, bytes out.
//
//   bytes ──Receive────► nghttp2 ──► Request: OnHeader.., OnHeadersEnd, OnBody.., OnEnd
//   bytes ◄─TakeOutput── nghttp2 ◄── Respond, Send.., Finish
//
// HTTP/2 and HPACK are nghttp2's. Ours is who owns a stream, what it has still to send, and how
// often a peer may say what asks for nothing: resets, pings, settings, priorities, empty DATA.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "net/socket_loop.h"
#include "rpc/wire_bytes.h"

struct nghttp2_session;

namespace shoal {

struct Http2Field {
  std::string_view name;  // lower case, and a literal: it is not copied
  std::string value;
  bool is_common = true;  // false: the value is of this response alone, and not remembered
};

// Not thread-safe. From within a Request everything may be called but Receive and TakeOutput.
class Http2Session {
 public:
  using StreamId = std::int32_t;
  using TimePoint = SocketLoop::TimePoint;

  // One request of the peer. Ends as its stream closes, for whatever reason.
  class Request {
   public:
    virtual ~Request() = default;
    // In this order. Of the headers those that begin with ':' come first.
    virtual void OnHeader(std::string_view name, std::string_view value) = 0;
    virtual void OnHeadersEnd() = 0;
    virtual void OnBody(std::string_view bytes) = 0;  // each byte is to be consumed
    virtual void OnEnd() = 0;

    virtual void OnSent() {}                   // something of Send has left
    virtual void OnTick(TimePoint /*now*/) {}  // once in each Tick of the session
    virtual void OnDrain() {}                  // the session drains
  };

  struct Options {
    std::uint32_t max_streams = 1024;  // open at one time
    // Of one request. Said, not enforced; one that has four times as many is reset.
    std::uint32_t max_header_bytes = 16 << 10;
    std::function<std::unique_ptr<Request>(StreamId id)> make_request;
    std::function<void()> wants_output;  // TakeOutput has something to give
  };

  // `unsent` counts the bytes of Send that wait, of all sessions that share it; it outlives this.
  Http2Session(Options options, std::size_t& unsent);
  ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  // An error: what the peer says is no HTTP/2, or a flood. Nothing is said to it any more, and only
  // the end may follow.
  Status Receive(std::string_view bytes);
  // Appends what is to be sent, until `to` has `enough` bytes. True: there is more.
  bool TakeOutput(std::string& to, std::size_t enough);
  // Neither has anything to say any more: what TakeOutput has given is the last.
  bool is_over() const;

  // The response of one stream: Respond once, then Send any number of times, then Finish; or
  // Respond alone with `ends`. On a stream that has closed they do nothing; one whose headers or
  // trailers are too large to be sent is reset.
  void Respond(StreamId id, const std::vector<Http2Field>& headers, bool ends);
  void Send(StreamId id, WireBytes bytes);
  void Finish(StreamId id, std::vector<Http2Field> trailers);  // none: DATA ends the stream

  // The peer may send so many bytes more of this body.
  void Consume(StreamId id, std::size_t bytes);

  void Ping();
  // Going away in two steps, so that nothing is lost that is on its way: the peer is asked to open
  // no more streams, and when it has heard (or EndGoAway is called) it is told which was the last.
  void BeginGoAway();
  void EndGoAway();

  // The server leaves: what waits for the peer is not waited for.
  void Drain();

  // Once a second: what floods are measured by, and Request::OnTick.
  void Tick(TimePoint now);

  bool is_greeted() const { return greeted_; }  // the peer's settings have come
  bool has_gone_away() const { return gone_away_; }
  std::size_t open_streams() const { return streams_.size(); }
  std::size_t unsent_bytes() const { return unsent_here_; }

 private:
  struct Stream {
    std::unique_ptr<Request> request;
    std::size_t header_bytes = 0;  // that have come
    std::vector<WireBytes> pieces;
    std::size_t first = 0;   // of pieces, that is not sent
    std::size_t offset = 0;  // of the first, that is not sent
    std::size_t unsent = 0;  // bytes
    bool finished = false;
    std::vector<Http2Field> trailers;
  };
  using Streams = std::unordered_map<StreamId, Stream>;
  struct Callbacks;  // what nghttp2 calls

  Stream* Find(StreamId id);
  void Close(Streams::iterator stream);
  void Unsent(Stream& stream, std::ptrdiff_t bytes);
  void CopyOut(StreamId id, Stream& stream, std::size_t bytes);
  void TellSent();
  void CountIdle();

  const Options options_;
  nghttp2_session* session_ = nullptr;
  Streams streams_;
  std::size_t& unsent_;
  std::size_t unsent_here_ = 0;
  std::string* output_ = nullptr;  // in TakeOutput, until it has so many bytes
  std::size_t enough_ = 0;
  std::vector<StreamId> sent_on_;              // streams whose request is to be told
  std::vector<StreamId> told_;                 // of TellSent
  std::vector<std::string_view> known_names_;  // that the peer remembers
  std::size_t idle_frames_ = 0;                // that asked for nothing
  bool greeted_ = false;
  bool going_away_ = false;
  bool gone_away_ = false;
  bool failed_ = false;  // nghttp2 may not be called any more, but to end
};

}  // namespace shoal
