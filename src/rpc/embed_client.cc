#include "rpc/embed_client.h"

#include <grpcpp/grpcpp.h>

#include <set>
#include <unordered_map>
#include <utility>

#include "base/address.h"
#include "base/mutex.h"
#include "proto/public.grpc.pb.h"
#include "rpc/call_queue.h"
#include "rpc/grpc_status.h"

namespace shoal {
namespace {

namespace proto = text_embedding;

constexpr int kMaxReplyBytes =
    64 << 20;  // gRPC's own limit of 4 MiB is less than a server may send

proto::EmbedRequest RequestOf(const std::vector<std::string>& texts, const EmbedOptions& options) {
  proto::EmbedRequest request;
  request.mutable_texts()->Add(texts.begin(), texts.end());
  request.set_model(options.model);
  request.set_priority(options.priority);
  if (options.truncate) request.set_truncate(*options.truncate);
  request.set_prompt_name(options.prompt_name);
  request.set_request_id(options.request_id);
  return request;
}

Status CheckShape(const proto::EmbedResponse& response, int texts) {
  if (response.code() != proto::OK) {
    return {StatusCode::kUnknown, "the server says: " + response.return_msg()};
  }
  if (response.embeddings_size() != texts || response.ids_size() != texts) {
    return InternalError("the answer has " + std::to_string(response.embeddings_size()) +
                         " vectors and " + std::to_string(response.ids_size()) + " ids for " +
                         std::to_string(texts) + " texts");
  }
  for (const proto::Embedding& embedding : response.embeddings()) {
    const int first = response.embeddings(0).vector_size();
    if (embedding.vector_size() != first || first == 0) {
      return InternalError("the answer has vectors of " + std::to_string(first) + " and " +
                           std::to_string(embedding.vector_size()) + " floats");
    }
  }
  return {};
}

Result<EmbedAnswer> AnswerOf(const proto::EmbedResponse& response, int texts) {
  RETURN_IF_ERROR(CheckShape(response, texts));
  EmbedAnswer answer{.ids = {response.ids().begin(), response.ids().end()},
                     .model = response.model(),
                     .precision = response.precision()};
  EmbedReply& reply = answer.reply;
  reply.dim = texts == 0 ? 0 : response.embeddings(0).vector_size();
  reply.vectors.reserve(static_cast<std::size_t>(texts * reply.dim) * sizeof(float));
  for (const proto::Embedding& embedding : response.embeddings()) {
    reply.vectors.append(reinterpret_cast<const char*>(embedding.vector().data()),
                         static_cast<std::size_t>(reply.dim) * sizeof(float));
  }
  reply.token_counts = {response.token_counts().begin(), response.token_counts().end()};
  reply.truncated = response.truncated();
  return answer;
}

Result<WorkerState> StateOf(const std::string& name) {
  for (const WorkerState state :
       {WorkerState::kStarting, WorkerState::kReady, WorkerState::kLate, WorkerState::kEjected,
        WorkerState::kDraining, WorkerState::kDrained, WorkerState::kLost}) {
    if (Name(state) == name) return state;
  }
  return InternalError("unknown worker state \"" + name + "\"");
}

Result<ServiceInfo> InfoOf(const proto::InfoResponse& response) {
  const std::optional<Precision> precision = ParsePrecision(response.precision());
  if (!precision) return InternalError("unknown precision \"" + response.precision() + "\"");
  ServiceInfo info{.version = response.version(),
                   .model = {.name = response.model(),
                             .digest = response.model_digest(),
                             .precision = *precision,
                             .dim = static_cast<int>(response.dim()),
                             .max_tokens = static_cast<int>(response.max_tokens())},
                   .coordinator_id = response.coordinator_id(),
                   .queued_items = response.queued_items()};
  for (const proto::Worker& worker : response.workers()) {
    ASSIGN_OR_RETURN(const WorkerState state, StateOf(worker.state()));
    info.workers.push_back({.id = worker.id(),
                            .incarnation = worker.incarnation(),
                            .state = state,
                            .lanes = static_cast<int>(worker.lanes()),
                            .pid = static_cast<int>(worker.pid()),
                            .kernel_table = worker.kernel_table(),
                            .metrics_address = worker.metrics_address(),
                            .items_done = worker.items_done(),
                            .tokens_per_second = worker.tokens_per_second()});
  }
  return info;
}

class GrpcEmbedClient final : public EmbedClient {
 public:
  explicit GrpcEmbedClient(std::shared_ptr<grpc::Channel> channel)
      : stub_(proto::TextEmbedding::NewStub(std::move(channel))), queue_(CallQueue::Shared()) {}

  ~GrpcEmbedClient() override {
    MutexLock lock(mutex_);
    for (Call* call : in_flight_) call->context.TryCancel();
    while (!in_flight_.empty()) idle_.Wait(mutex_);
  }

  Result<EmbedAnswer> Embed(const std::vector<std::string>& texts,
                            const EmbedOptions& options) override {
    grpc::ClientContext context;
    Prepare(options, context);
    proto::EmbedResponse response;
    RETURN_IF_ERROR(FromGrpc(stub_->Embed(&context, RequestOf(texts, options), &response)));
    return AnswerOf(response, static_cast<int>(texts.size()));
  }

  void EmbedAsync(const std::vector<std::string>& texts, const EmbedOptions& options,
                  Callback done) override {
    auto* const call = new Call(*this, static_cast<int>(texts.size()), std::move(done));
    call->key = options.key;
    call->retry_after = options.retry_after;
    Prepare(options, call->context);
    {
      MutexLock lock(mutex_);
      in_flight_.insert(call);
      if (call->key != 0) by_key_[call->key] = call;
    }
    call->reader =
        stub_->PrepareAsyncEmbed(&call->context, RequestOf(texts, options), queue_->get());
    call->reader->StartCall();
    call->reader->Finish(&call->response, &call->status, static_cast<CallQueue::Tag*>(call));
  }

  void Cancel(CallKey key) override {
    MutexLock lock(mutex_);
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) found->second->context.TryCancel();
  }

  Result<ServiceInfo> Info(std::chrono::milliseconds timeout) override {
    grpc::ClientContext context;
    SetTimeout(timeout, context);
    proto::InfoResponse response;
    RETURN_IF_ERROR(FromGrpc(stub_->Info(&context, proto::InfoRequest(), &response)));
    return InfoOf(response);
  }

 private:
  struct Call final : CallQueue::Tag {
    Call(GrpcEmbedClient& its_client, int number, Callback callback)
        : client(its_client), texts(number), done(std::move(callback)) {}
    void Ended() override { client.Finish(this); }

    GrpcEmbedClient& client;
    const int texts;
    const Callback done;
    CallKey key = 0;
    std::function<void(std::chrono::milliseconds)> retry_after;
    grpc::ClientContext context;
    proto::EmbedResponse response;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<proto::EmbedResponse>> reader;
  };

  static void Prepare(const EmbedOptions& options, grpc::ClientContext& context) {
    SetTimeout(options.timeout, context);
    if (!options.client.empty()) context.AddMetadata("x-shoal-client", options.client);
  }
  static void SetTimeout(std::optional<std::chrono::milliseconds> timeout,
                         grpc::ClientContext& context) {
    if (timeout) context.set_deadline(Deadline(*timeout));
  }
  static gpr_timespec Deadline(std::chrono::milliseconds timeout) {
    return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                        gpr_time_from_millis(timeout.count(), GPR_TIMESPAN));
  }

  void Finish(Call* call) {
    Status error = FromGrpc(call->status);
    if (call->retry_after) TellRetryAfter(*call);
    ForgetKey(*call);
    call->done(error.ok() ? AnswerOf(call->response, call->texts)
                          : Result<EmbedAnswer>(std::move(error)));
    MutexLock lock(mutex_);
    in_flight_.erase(call);
    delete call;
    if (in_flight_.empty()) idle_.NotifyAll();
  }

  static void TellRetryAfter(const Call& call) {
    const std::chrono::milliseconds hint = RetryAfterOf(call.status);
    if (hint.count() > 0) call.retry_after(hint);
  }

  // Before its callback, which may use the key again.
  void ForgetKey(const Call& call) EXCLUDES(mutex_) {
    if (call.key == 0) return;
    MutexLock lock(mutex_);
    by_key_.erase(call.key);
  }

  const std::unique_ptr<proto::TextEmbedding::Stub> stub_;
  const std::shared_ptr<CallQueue> queue_;
  Mutex mutex_;
  CondVar idle_;
  std::set<Call*> in_flight_ GUARDED_BY(mutex_);
  std::unordered_map<CallKey, Call*> by_key_ GUARDED_BY(mutex_);
};

}  // namespace

Result<std::unique_ptr<EmbedClient>> ConnectEmbedClient(const std::string& address) {
  RETURN_IF_ERROR(ParseAddress(address).status().At("server"));
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxReplyBytes);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // each client has its own connection
  auto channel = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  return std::unique_ptr<EmbedClient>(std::make_unique<GrpcEmbedClient>(std::move(channel)));
}

}  // namespace shoal
