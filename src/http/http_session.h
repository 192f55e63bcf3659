// HTTP/1.1 of one connection that a client opened, without its socket and without a clock: bytes
// in, requests out; answers in, bytes out.
//
//   bytes ──Receive────► HeadScanner ──► RequestParser ──► handler ──► HttpWork
//   bytes ◄─TakeOutput── answers ◄──────── HttpReply ◄───────────────────┘
//
// One request is in work at a time; what a client sends behind it waits, most of it in its socket.
// What is no request is answered by a refusal, and the connection ends with it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/head_scanner.h"
#include "http/http_handler.h"
#include "http/http_message.h"

namespace shoal {

class RequestParser;

// Not thread-safe. From within the handler nothing but HttpReply may be called.
class HttpSession final : private HttpReply {
 public:
  // What the connections of one server share; outlives them.
  struct Options {
    HttpLimits limits;
    HttpHandler handler;
    HttpHeadCheck check_head;         // may be empty
    HoldBody hold_body;               // may be empty
    HttpRefusalWriter write_refusal;  // empty: the message as text/plain
  };

  enum class Phase {
    kIdle,    // between requests, or before the first
    kHead,    // some of a head has come
    kBody,    // some of a body is to come
    kAnswer,  // a request is in work, or its answer is not yet taken
    kOver,    // nothing is received any more, and nothing sent but what is left
  };

  // `wants_output`: TakeOutput has something to give, or the phase has changed. `unread` counts the
  // bytes of answers that wait or are kept, of all sessions that share it; it outlives this.
  HttpSession(const Options& options, std::string peer, std::function<void()> wants_output,
              std::size_t& unread);
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  void Receive(std::string_view bytes);
  // No byte will come any more. What came whole is still answered, but not waited for: unfinished
  // work ends.
  void PeerEnded();
  // Appends what is to be sent, until `to` has `enough` bytes. True: there is more.
  bool TakeOutput(std::string& to, std::size_t enough);

  // How many bytes it makes sense to receive at a time; 0: none, for now.
  std::size_t wants_input() const;
  // The client took too long for what this phase waits for.
  void TimeOut();
  // Serves no further request than the one that has begun.
  void Drain();

  Phase phase() const { return phase_; }
  // What TakeOutput has given is the last.
  bool is_over() const { return phase_ == Phase::kOver && pieces_.empty(); }
  bool has_served() const { return has_served_; }  // a request
  std::size_t unsent_bytes() const override { return unsent_; }
  std::size_t unread_bytes() const { return unsent_ + kept_; }

 private:
  void Answer(HttpAnswer answer) override;
  void Begin(HttpAnswer answer) override;
  void Send(std::string_view piece) override;
  void Finish() override;
  void Cut() override;
  void Keeps(std::size_t bytes) override;

  void Proceed();
  std::size_t TakeHead(std::string_view bytes);
  std::size_t TakeBody(std::string_view bytes);
  void HeadCame(bool body_follows);
  void Handle();
  void Refuse(const HttpRefusal& refusal);
  void EndWork();
  void EndAnswer();
  void EndWhatNobodyAwaits();
  void End();
  bool Closes();
  void Push(std::string piece);
  void TakePieces(std::string& to, std::size_t enough);

  const Options& options_;
  const std::string peer_;
  const std::function<void()> wants_output_;
  std::size_t& unread_;

  Phase phase_ = Phase::kIdle;
  std::string input_;  // that has come and waits: part of a head, or what follows a request
  HeadScanner scanner_;
  std::unique_ptr<RequestParser> parser_;  // from a head to the request
  std::unique_ptr<HttpWork> work_;

  // Of the request.
  bool is_head_ = false;  // of method HEAD
  bool is_http11_ = true;
  bool keeps_alive_ = true;
  bool has_body_ = false;  // its answer, and it is sent
  bool is_chunked_ = false;
  bool begun_ = false;     // its answer
  bool finished_ = false;  // its answer

  bool draining_ = false;
  bool peer_ended_ = false;
  bool has_served_ = false;
  bool took_some_ = false;  // of an answer, since the work was told

  std::vector<std::string> pieces_;  // to be sent
  std::size_t first_ = 0;            // of pieces_, that is not taken
  std::size_t offset_ = 0;           // of the first, that is not taken
  std::size_t unsent_ = 0;
  std::size_t kept_ = 0;  // by the work
};

}  // namespace shoal
