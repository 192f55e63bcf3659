#include "rpc/server_call.h"

#include <algorithm>
#include <utility>

#include "base/base64.h"
#include "edge/client_key.h"
#include "edge/request_checks.h"
#include "rpc/grpc_wire.h"
#include "rpc/inflate.h"
#include "rpc/refusal_status.h"

namespace shoal {
namespace {

// How HTTP/2 counts a header: its name, its value and so many bytes.
constexpr std::size_t kPerHeader = 32;
// A message that is begun and does not come is not waited for longer.
constexpr std::chrono::seconds kSilence{60};
// A client ends its call at the deadline, and the handler answers it: for those that do neither.
constexpr std::chrono::seconds kAfterDeadline{1};
constexpr std::size_t kQuoted = 128;  // bytes of what the client said, in a message
// Stock clients take 8 KiB of trailers, and a byte may become three.
constexpr std::size_t kMaxMessage = 2048;

constexpr std::string_view kRequestId = "x-request-id";
constexpr std::string_view kTraceparent = "traceparent";

Refusal Invalid(std::string message) {
  return {.verdict = Verdict::kInvalidRequest, .message = std::move(message)};
}

std::string_view Shortened(std::string_view message) {
  if (message.size() <= kMaxMessage) return message;
  std::size_t size = kMaxMessage;
  while (size > 0 && (message[size] & 0xC0) == 0x80) --size;  // within a character
  return message.substr(0, size);
}

}  // namespace

ServerCall::ServerCall(Http2Session& session, Http2Session::StreamId id, Shared& shared,
                       const CallPeer& peer)
    : session_(session),
      id_(id),
      shared_(shared),
      peer_(peer),
      client_(peer.client),
      reader_(shared.received, shared.limits) {}

void ServerCall::OnHeader(std::string_view name, std::string_view value) {
  metadata_bytes_ += name.size() + value.size() + kPerHeader;
  // What tells a call of gRPC is looked at in any case: how it is refused depends on it.
  if (metadata_bytes_ > shared_.limits.max_metadata_bytes && name != "content-type" &&
      name != ":method") {
    return;
  }
  const auto quoted = [value] { return std::string(value.substr(0, kQuoted)); };
  if (name == ":path") {
    const auto found = shared_.methods.find(value);
    if (found != shared_.methods.end()) {
      make_method_ = &found->second;
    } else {
      unknown_path_ = quoted();
    }
  } else if (name == ":method") {
    is_post_ = value == "POST";
  } else if (name == "content-type") {
    is_grpc_ = IsGrpcContentType(value);
  } else if (name == "grpc-timeout") {
    const auto timeout = ParseGrpcTimeout(value);
    if (timeout) deadline_ = shared_.clock.Now() + *timeout;
    if (!timeout) unknown_timeout_ = quoted();
  } else if (name == "grpc-encoding") {
    has_zlib_ = value == "gzip" || value == "deflate";
    if (!has_zlib_ && value != "identity") unknown_encoding_ = quoted();
  } else if (name == "grpc-previous-rpc-attempts") {
    says_retry_ = true;
  } else if (name == kRequestId) {
    if (request_id_.empty()) request_id_ = value;
  } else if (name == kTraceparent) {
    traceparent_ = traceparent_.empty() ? value : ",";
  } else if (name == "authorization") {
    authorization_ = value;
  } else if (name == "x-shoal-client") {
    if (value.empty()) return;
    client_ = ClientKey(value, "");
    client_name_ = ClientName(value, "");
  }
}

void ServerCall::OnHeadersEnd() {
  last_heard_ = shared_.clock.Now();
  if (!is_grpc_ || !is_post_) return AnswerNoGrpc();
  if (const auto refused = CheckHeaders()) return Finish(*refused);
  method_ = (*make_method_)(*this);
}

std::optional<CallStatus> ServerCall::CheckHeaders() const {
  const std::size_t limit = shared_.limits.max_metadata_bytes;
  if (metadata_bytes_ > limit) {
    return ToCallStatus({.verdict = Verdict::kPayloadTooLarge,
                         .message = "the call has " + std::to_string(metadata_bytes_) +
                                    " bytes of metadata; up to " + std::to_string(limit) +
                                    " are accepted"});
  }
  if (make_method_ == nullptr) {
    return CallStatus{StatusCode::kUnimplemented,
                      "method '" + unknown_path_.value_or("") + "' is unknown"};
  }
  if (unknown_timeout_) {
    return ToCallStatus(Invalid("grpc-timeout is '" + *unknown_timeout_ +
                                "'; up to 8 digits and one of H, M, S, m, u, n are accepted"));
  }
  if (unknown_encoding_) {
    return CallStatus{.code = StatusCode::kUnimplemented,
                      .message = "grpc-encoding is '" + *unknown_encoding_ +
                                 "'; identity, gzip and deflate are accepted",
                      .metadata = {{"grpc-accept-encoding", "identity,deflate,gzip"}}};
  }
  return std::nullopt;
}

// In HTTP's own words: who asks so does not read those of gRPC.
void ServerCall::AnswerNoGrpc() {
  constexpr std::string_view kHint = "This port speaks gRPC: POST, application/grpc, HTTP/2.\n";
  finished_ = true;
  session_.Respond(id_,
                   {{":status", is_post_ ? "415" : "405"},
                    {"content-type", "text/plain"},
                    {"content-length", std::to_string(kHint.size())}},
                   /*ends=*/false);
  session_.Send(id_, WireBytes(kHint));
  session_.Finish(id_, {});
}

void ServerCall::OnBody(std::string_view bytes) {
  if (finished_) return;
  last_heard_ = shared_.clock.Now();
  if (kept_.empty()) {
    Take(bytes);
  } else {
    Keep(bytes);
  }
}

void ServerCall::OnEnd() {
  half_closed_ = true;
  if (kept_.empty()) EndMessages();
}

void ServerCall::TakeMore() {
  if (taking_ || finished_ || kept_.empty()) return;
  const std::string bytes = std::exchange(kept_, std::string());
  kept_hold_ = ByteBudget::Hold();
  Take(bytes);
  if (half_closed_ && kept_.empty()) EndMessages();
}

// As much as the method takes; the rest waits, and is not consumed, so that in the end the client
// stops.
void ServerCall::Take(std::string_view bytes) {
  const std::size_t size = bytes.size();
  taking_ = true;
  while (!finished_ && method_->TakesMessages()) {
    auto found = reader_.Next(bytes);
    if (!found.has_value()) break;
    Deliver(*std::move(found));
  }
  taking_ = false;
  session_.Consume(id_, size - bytes.size());
  if (!finished_ && !bytes.empty()) Keep(bytes);
}

void ServerCall::Keep(std::string_view bytes) {
  if (!shared_.received.TryGrow(kept_hold_, bytes.size())) {
    return Refuse(OutOfBytes(bytes.size()));
  }
  kept_ += bytes;
}

void ServerCall::Deliver(MessageReader::Found found) {
  if (found.refusal.has_value()) {
    if (found.is_too_large || !method_->OnRefusedMessage(*found.refusal, found.bytes)) {
      Refuse(*found.refusal);
    }
    return;
  }
  if (found.is_compressed) return DeliverCompressed(found.bytes, std::move(found.hold));
  method_->OnMessage(found.bytes, std::move(found.hold));
}

void ServerCall::DeliverCompressed(std::string_view bytes, ByteBudget::Hold hold) {
  if (!has_zlib_) {
    return Refuse(Invalid("a message is compressed, and grpc-encoding does not say how"));
  }
  const auto inflated = Inflate(bytes, shared_.limits.max_request_bytes);
  if (!inflated.ok()) {
    return Refuse({.verdict = inflated.status().code() == StatusCode::kResourceExhausted
                                  ? Verdict::kPayloadTooLarge
                                  : Verdict::kInvalidRequest,
                   .message = inflated.status().message()});
  }
  if (!shared_.received.TryGrow(hold, inflated->size())) {
    const Refusal refusal = OutOfBytes(inflated->size());
    if (!method_->OnRefusedMessage(refusal, *inflated)) Refuse(refusal);
    return;
  }
  method_->OnMessage(*inflated, std::move(hold));
}

void ServerCall::EndMessages() {
  if (finished_ || std::exchange(messages_ended_, true)) return;
  if (!reader_.is_between_messages()) {
    return Refuse(Invalid("the call ended within a message"));
  }
  method_->OnHalfClose();
}

void ServerCall::OnSent() {
  if (method_ && !finished_) method_->OnSent();
}

void ServerCall::OnDrain() {
  if (method_ && !finished_) method_->OnDrain();
}

void ServerCall::OnTick(TimePoint now) {
  if (finished_ || !method_) return;
  if (deadline_ && now > *deadline_ + kAfterDeadline) {
    return Refuse({.verdict = Verdict::kDeadlineExceeded, .message = "the deadline has passed"});
  }
  const bool waits = !reader_.is_between_messages() || method_->NeedsMessage();
  if (!half_closed_ && waits && now > last_heard_ + kSilence) {
    Refuse({.verdict = Verdict::kDeadlineExceeded,
            .message = "nothing came for 60 s of a request that had begun"});
  }
}

std::vector<Http2Field> ServerCall::ResponseHeaders() const {
  std::vector<Http2Field> headers;
  headers.reserve(5);  // of a call that is refused grpc-status besides
  headers.push_back({":status", "200"});
  headers.push_back({"content-type", "application/grpc"});
  if (says_request_id_) headers.push_back({kRequestId, request_id_, /*is_common=*/false});
  if (!span_.empty()) headers.push_back({kTraceparent, span_, /*is_common=*/false});
  return headers;
}

void ServerCall::Send(WireBytes message) {
  if (finished_) return;
  if (!std::exchange(responded_, true)) session_.Respond(id_, ResponseHeaders(), /*ends=*/false);
  session_.Send(id_, std::move(message));
}

void ServerCall::Refuse(const Refusal& refusal) {
  if (method_ && !finished_) method_->OnRefusal(refusal);
  Finish(ToCallStatus(refusal));
}

void ServerCall::Finish(const CallStatus& status) {
  if (std::exchange(finished_, true)) return;
  kept_ = std::string();
  kept_hold_ = ByteBudget::Hold();
  std::vector<Http2Field> fields;
  if (!responded_) fields = ResponseHeaders();
  fields.push_back({"grpc-status", std::to_string(static_cast<int>(status.code))});
  if (!status.message.empty()) {
    fields.push_back(
        {"grpc-message", PercentEncoded(Shortened(status.message)), /*is_common=*/false});
  }
  for (const auto& [name, value] : status.metadata) fields.push_back({name, value});
  if (!status.details.empty()) {
    fields.push_back(
        {"grpc-status-details-bin", UnpaddedBase64(status.details), /*is_common=*/false});
  }
  if (responded_) {
    session_.Finish(id_, std::move(fields));
  } else {
    session_.Respond(id_, fields, /*ends=*/true);
  }
}

}  // namespace shoal
