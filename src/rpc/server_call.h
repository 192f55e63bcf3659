// Private to rpc. One gRPC call on a stream of HTTP/2: headers become metadata, bytes of the body
// become messages for the method that serves the call, and how it ends becomes trailers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/verdict.h"
#include "base/clock.h"
#include "edge/byte_budget.h"
#include "edge/client_key.h"
#include "edge/limits.h"
#include "rpc/call_status.h"
#include "rpc/http2_session.h"
#include "rpc/message_reader.h"
#include "rpc/wire_bytes.h"

namespace shoal {

class ServerCall;

// What serves one call of a method. Ends with the call's stream.
class ServerMethod {
 public:
  virtual ~ServerMethod() = default;  // nothing can be sent any more
  // A message of the client, until the function returns. `hold` accounts for its bytes.
  virtual void OnMessage(std::string_view message, ByteBudget::Hold hold) = 0;
  // Another one for which there is no room; `beginning` is what had come of it. True: the call goes
  // on, else it ends with the refusal.
  virtual bool OnRefusedMessage(const Refusal& /*refusal*/, std::string_view /*beginning*/) {
    return false;
  }
  virtual void OnHalfClose() = 0;  // no message follows
  // Whether one may come now; ServerCall::TakeMore says that it may again.
  virtual bool TakesMessages() const { return true; }
  virtual bool NeedsMessage() const { return false; }  // it does nothing before it has one
  virtual void OnSent() {}                             // something of Send has left
  // The call is about to end with it, by whoever's decision.
  virtual void OnRefusal(const Refusal& /*refusal*/) {}
  // The server leaves: whoever waits for the client ends the call, with Leaving().
  virtual void OnDrain() {}
};

using MakeServerMethod = std::function<std::unique_ptr<ServerMethod>(ServerCall& call)>;
using MethodTable = std::map<std::string, MakeServerMethod, std::less<>>;  // by path

// Who calls.
struct CallPeer {
  std::string address;       // as edge/client_key.h reads it
  std::uint64_t client = 0;  // its key, if the call names no other
};

// On one thread.
class ServerCall final : public Http2Session::Request {
 public:
  using TimePoint = Http2Session::TimePoint;

  // What the calls of one server share; outlives them.
  struct Shared {
    const Clock& clock;
    const Limits limits;
    ByteBudget& received;  // bytes of requests that are not answered
    MethodTable methods;
  };

  // `session` and `peer` outlive the call.
  ServerCall(Http2Session& session, Http2Session::StreamId id, Shared& shared,
             const CallPeer& peer);

  // For the method.

  const std::string& peer() const { return peer_.address; }
  const std::string& request_id() const { return request_id_; }  // the client's; may be unfit
  std::uint64_t client() const { return client_; }
  const std::string& authorization() const { return authorization_; }  // of that header
  // What the caller calls itself, else its address.
  std::string_view client_name() const { return ClientName(client_name_, peer_.address); }
  std::optional<TimePoint> deadline() const { return deadline_; }
  bool says_retry() const { return says_retry_; }  // the client has tried before
  // As it came; empty: it did not. One that comes twice is none.
  const std::string& traceparent() const { return traceparent_; }

  // What the response says it is; before anything is sent.
  void set_request_id(std::string id) { request_id_ = std::move(id), says_request_id_ = true; }
  // Which span it is of; likewise. Empty: none.
  void set_span(std::string span) { span_ = std::move(span); }
  // `message` begins with its five bytes of gRPC.
  void Send(WireBytes message);
  // Once; what follows is not sent.
  void Finish(const CallStatus& status);
  void Refuse(const Refusal& refusal);  // finishes with it
  void TakeMore();

 private:
  void OnHeader(std::string_view name, std::string_view value) override;
  void OnHeadersEnd() override;
  void OnBody(std::string_view bytes) override;
  void OnEnd() override;
  void OnSent() override;
  void OnTick(TimePoint now) override;
  void OnDrain() override;

  std::optional<CallStatus> CheckHeaders() const;
  void AnswerNoGrpc();
  void Take(std::string_view bytes);
  void Keep(std::string_view bytes);
  void Deliver(MessageReader::Found found);
  void DeliverCompressed(std::string_view bytes, ByteBudget::Hold hold);
  void EndMessages();
  std::vector<Http2Field> ResponseHeaders() const;

  Http2Session& session_;
  const Http2Session::StreamId id_;
  Shared& shared_;
  const CallPeer& peer_;

  std::size_t metadata_bytes_ = 0;
  bool is_post_ = false;
  bool is_grpc_ = false;
  const MakeServerMethod* make_method_ = nullptr;
  bool has_zlib_ = false;  // compressed messages are gzip or deflate
  // What nobody knows: absent if it is known.
  std::optional<std::string> unknown_path_;
  std::optional<std::string> unknown_timeout_;
  std::optional<std::string> unknown_encoding_;
  std::string request_id_;
  std::string traceparent_;
  std::string span_;  // as a traceparent
  std::uint64_t client_;
  std::string client_name_;  // empty: it names itself not
  std::string authorization_;
  std::optional<TimePoint> deadline_;
  bool says_retry_ = false;

  std::unique_ptr<ServerMethod> method_;  // absent: refused before it began
  MessageReader reader_;
  std::string kept_;  // of the body, for when the method takes messages again
  ByteBudget::Hold kept_hold_;
  TimePoint last_heard_{};
  bool says_request_id_ = false;
  bool taking_ = false;
  bool half_closed_ = false;
  bool messages_ended_ = false;
  bool responded_ = false;
  bool finished_ = false;
};

}  // namespace shoal
