// Private to rpc. A method that takes one message and gives one answer.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "rpc/refusal_status.h"
#include "rpc/server_call.h"

namespace shoal {

class UnaryMethod : public ServerMethod {
 public:
  explicit UnaryMethod(ServerCall& call) : call_(call) {}

 protected:
  // The message, as it comes; then Serve, when it is sure that no other follows.
  virtual void TakeRequest(std::string_view message, ByteBudget::Hold hold) = 0;
  virtual void Serve() = 0;
  // Serve does not answer by itself.
  virtual bool WaitsForever() const { return false; }

  // Into `message` of protobuf; refuses what is none.
  template <typename Message>
  void Parse(std::string_view bytes, Message& message) {
    if (message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
    Refuse({.verdict = Verdict::kInvalidRequest,
            .message = "the request is no " + message.GetTypeName()});
  }

  ServerCall& call() { return call_; }
  void Refuse(const Refusal& refusal) { call_.Refuse(refusal); }

 private:
  void OnMessage(std::string_view message, ByteBudget::Hold hold) final {
    if (std::exchange(has_message_, true)) return RefuseAs("more messages");
    TakeRequest(message, std::move(hold));
  }
  void OnHalfClose() final {
    if (!has_message_) return RefuseAs("none");
    is_served_ = true;
    Serve();
  }
  void OnDrain() final {
    if (!is_served_ || WaitsForever()) Refuse(Leaving());
  }
  bool NeedsMessage() const final { return !has_message_; }
  void RefuseAs(std::string_view found) {
    Refuse({.verdict = Verdict::kInvalidRequest,
            .message = "the method takes one message; found " + std::string(found)});
  }

  ServerCall& call_;
  bool has_message_ = false;
  bool is_served_ = false;
};

// For messages that protobuf reads and writes: `serve` is given the request, and answers the call
// before it returns.
template <typename Request>
class ParsedUnaryMethod final : public UnaryMethod {
 public:
  using ServeRequest = std::function<void(ServerCall& call, const Request& request)>;

  ParsedUnaryMethod(ServerCall& call, ServeRequest serve)
      : UnaryMethod(call), serve_(std::move(serve)) {}

 private:
  void TakeRequest(std::string_view message, ByteBudget::Hold /*hold*/) override {
    Parse(message, request_);
  }
  void Serve() override { serve_(call(), request_); }

  const ServeRequest serve_;
  Request request_;
};

}  // namespace shoal
