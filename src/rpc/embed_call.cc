#include "rpc/embed_call.h"

#include <grpc/support/time.h>

#include <utility>

#include "edge/client_key.h"
#include "edge/request_checks.h"
#include "rpc/refusal_status.h"
#include "rpc/wire_walker.h"

namespace shoal {
namespace {

constexpr char kRequestIdKey[] = "x-request-id";
constexpr char kClientKey[] = "x-shoal-client";

// Empty: the client sent none.
std::string_view MetadataOf(const grpc::CallbackServerContext& context, const char* key) {
  const auto found = context.client_metadata().find(key);
  if (found == context.client_metadata().end()) return {};
  return {found->second.data(), found->second.size()};
}

// There is one Finish for each call: in Begin if the call is never started, else on the owner
// thread through ReplySink. gRPC ends the process at a second one.
class EmbedCall final : public grpc::ServerUnaryReactor, public ReplySink {
 public:
  EmbedCall(grpc::CallbackServerContext* context, grpc::ByteBuffer* out, CallContext& shared)
      : context_(*context), out_(*out), shared_(shared), id_(shared.handler.NewCallId()) {}

  void Begin(const grpc::ByteBuffer& in) {
    auto hold = shared_.received.TryTake(in.Length());
    WalkedRequest walked = OutOfBytes(in.Length());
    if (hold.has_value()) {
      hold_ = std::move(*hold);
      walked = WalkEmbedRequest(BodySlices(in).views, shared_.limits);
    }
    auto* request = std::get_if<EmbedRequest>(&walked);
    request_id_ = shared_.request_ids.Choose(RequestIdOf(context_),
                                             request == nullptr ? "" : request->request_id);
    context_.AddInitialMetadata(kRequestIdKey, request_id_);
    if (request == nullptr) return Fail(std::get<Refusal>(walked));
    request->request_id = request_id_;
    request->deadline = DeadlineOf(context_, shared_.clock);
    request->client = ClientOf(context_);
    if (const auto refusal = CheckReplySize(*request, shared_)) return Fail(*refusal);
    // After a Start that was not refused nothing of *this is ours any more.
    if (const auto refusal = shared_.handler.Start(id_, std::move(*request), *this)) Fail(*refusal);
  }

  // On the owner thread. gRPC may delete *this before the inner Finish returns.
  void Finish(EmbedOutcome outcome) override {
    const auto* reply = std::get_if<EmbedReply>(&outcome);
    if (reply == nullptr) return Fail(std::get<Refusal>(outcome));
    grpc::Slice slice = WriteReply(*reply, request_id_, shared_.header);
    grpc::ByteBuffer bytes(&slice, 1);
    out_.Swap(&bytes);
    grpc::ServerUnaryReactor::Finish(grpc::Status::OK);
  }

  // May come after Finish, on another thread: posts the id and nothing more.
  void OnCancel() override { shared_.handler.Cancel(id_); }
  void OnDone() override { delete this; }

 private:
  void Fail(const Refusal& refusal) { grpc::ServerUnaryReactor::Finish(ToGrpc(refusal, context_)); }

  grpc::CallbackServerContext& context_;
  grpc::ByteBuffer& out_;
  CallContext& shared_;
  const CallId id_;
  ByteBudget::Hold hold_;  // until gRPC gives the body back
  std::string request_id_;
};

}  // namespace

BodySlices::BodySlices(const grpc::ByteBuffer& body) {
  if (!body.Dump(&slices).ok()) slices.clear();
  views.reserve(slices.size());
  for (const grpc::Slice& slice : slices) {
    views.emplace_back(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
}

std::string_view RequestIdOf(const grpc::CallbackServerContext& context) {
  return MetadataOf(context, kRequestIdKey);
}

std::uint64_t ClientOf(const grpc::CallbackServerContext& context) {
  return ClientKey(MetadataOf(context, kClientKey), context.peer());
}

std::optional<std::chrono::steady_clock::time_point> DeadlineOf(
    const grpc::CallbackServerContext& context, const Clock& clock) {
  const gpr_timespec deadline = context.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) return std::nullopt;
  const gpr_timespec left = gpr_time_sub(gpr_convert_clock_type(deadline, GPR_CLOCK_MONOTONIC),
                                         gpr_now(GPR_CLOCK_MONOTONIC));
  // More than a hundred days is no deadline, and must not overflow.
  constexpr std::int64_t kFarSeconds = 100 * 86'400;
  if (left.tv_sec > kFarSeconds) return std::nullopt;
  return clock.Now() + std::chrono::seconds(left.tv_sec) + std::chrono::nanoseconds(left.tv_nsec);
}

std::optional<Refusal> CheckReplySize(const EmbedRequest& request, const CallContext& shared) {
  const std::size_t texts = request.texts.size();
  auto refusal =
      CheckReplyBytes(texts, ReplyBound(texts, shared.dim, request.request_id), shared.limits);
  if (refusal.has_value()) refusal->message += "; EmbedStream takes any number of requests";
  return refusal;
}

grpc::ServerUnaryReactor* StartEmbedCall(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* in, grpc::ByteBuffer* out,
                                         CallContext& shared) {
  // NOLINTNEXTLINE: OnDone deletes it, which cannot happen before this function has returned.
  auto* call = new EmbedCall(context, out, shared);
  call->Begin(*in);
  return call;
}

}  // namespace shoal
