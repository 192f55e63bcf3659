// gRPC does not listen here: AcceptLoop accepts, and hands each socket to gRPC. Embed and
// EmbedStream get and give raw bytes (wire_walker.h, reply_wire.h): a generated message would copy
// every text and every vector once more. Info, health, reflection and shoal.Operator are rare, and
// use generated ones.
#include "rpc/public_server.h"

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <utility>

#include "api/precision.h"
#include "base/address.h"
#include "base/rng.h"
#include "proto/public.grpc.pb.h"
#include "rpc/embed_call.h"
#include "rpc/embed_stream_call.h"
#include "rpc/operator_service.h"
#include "rpc/reflection.h"

namespace shoal {
namespace {

using text_embedding::TextEmbedding;

constexpr int kHandshakeTimeoutMs = 5'000;
constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
constexpr int kLeastPingIntervalMs = 10'000;

void ToProto(const ServiceInfo& info, const Limits& limits, text_embedding::InfoResponse& to) {
  to.set_version(info.version);
  to.set_model(info.model.name);
  to.set_model_digest(info.model.digest);
  to.set_precision(std::string(Name(info.model.precision)));
  to.set_dim(static_cast<std::uint32_t>(info.model.dim));
  to.set_max_tokens(static_cast<std::uint32_t>(info.model.max_tokens));
  to.set_coordinator_id(info.coordinator_id);
  to.set_queued_items(info.queued_items);
  for (const WorkerInfo& worker : info.workers) {
    text_embedding::Worker& row = *to.add_workers();
    row.set_id(worker.id);
    row.set_incarnation(worker.incarnation);
    row.set_state(std::string(Name(worker.state)));
    row.set_lanes(static_cast<std::uint32_t>(worker.lanes));
    row.set_pid(static_cast<std::uint32_t>(worker.pid));
    row.set_kernel_table(worker.kernel_table);
    row.set_metrics_address(worker.metrics_address);
    row.set_items_done(worker.items_done);
    row.set_tokens_per_second(worker.tokens_per_second);
  }
  to.mutable_limits()->set_max_texts(static_cast<std::uint32_t>(limits.max_texts));
  to.mutable_limits()->set_max_text_bytes(limits.max_text_bytes);
  to.mutable_limits()->set_max_request_bytes(limits.max_request_bytes);
  to.mutable_limits()->set_max_reply_bytes(limits.max_reply_bytes);
}

using ServedMethods =
    TextEmbedding::WithRawCallbackMethod_Embed<TextEmbedding::WithRawCallbackMethod_EmbedStream<
        TextEmbedding::WithCallbackMethod_Info<TextEmbedding::Service>>>;

class EmbeddingService final : public ServedMethods {
 public:
  explicit EmbeddingService(CallContext& shared) : shared_(shared) {}

  grpc::ServerUnaryReactor* Embed(grpc::CallbackServerContext* context, const grpc::ByteBuffer* in,
                                  grpc::ByteBuffer* out) override {
    return StartEmbedCall(context, in, out, shared_);
  }

  RawBidiReactor* EmbedStream(grpc::CallbackServerContext* context) override {
    return StartEmbedStream(context, shared_);
  }

  grpc::ServerUnaryReactor* Info(grpc::CallbackServerContext* context,
                                 const text_embedding::InfoRequest* /*request*/,
                                 text_embedding::InfoResponse* response) override {
    ToProto(shared_.handler.Info(), shared_.limits, *response);
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  CallContext& shared_;
};

class PublicServerImpl final : public PublicServer {
 public:
  PublicServerImpl(const PublicServerOptions& options, EmbedHandler& handler, const Clock& clock,
                   const ModelInfo& model)
      : shared_{.handler = handler,
                .clock = clock,
                .limits = options.limits,
                .dim = options.dim,
                .header = {.model = model.name, .precision = std::string(Name(model.precision))},
                .received = ByteBudget(options.limits.max_received_bytes),
                .request_ids = RequestIds(RandomSeed())},
        service_(shared_),
        connection_refused_(options.connection_refused) {
    if (options.operator_handler != nullptr) {
      operator_service_ = MakeOperatorService(*options.operator_handler);
    }
  }
  ~PublicServerImpl() override { Shutdown(std::chrono::milliseconds(0)); }

  Status Listen(const std::string& listen) {
    ASSIGN_OR_RETURN(const Address address, ParseAddress(listen));
    ASSIGN_OR_RETURN(accept_loop_, AcceptLoop::Bind(address, shared_.limits.max_connections));
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    if (operator_service_ != nullptr) builder.RegisterService(operator_service_.get());
    builder.SetOption(std::make_unique<ReflectionOption>());
    builder.SetMaxReceiveMessageSize(static_cast<int>(shared_.limits.max_request_bytes));
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE,
                               static_cast<int>(shared_.limits.max_metadata_bytes));
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                               kLeastPingIntervalMs);
    acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
        grpc::InsecureServerCredentials());
    server_ = builder.BuildAndStart();
    grpc::EnableDefaultHealthCheckService(false);
    if (server_ == nullptr) return UnavailableError("gRPC cannot serve on " + listen);
    SetServing(false);
    accept_loop_->Run(
        [this](int listener, int socket) {
          grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
          connection.listener_fd = listener;
          connection.fd = socket;
          acceptor_->HandleNewConnection(&connection);
        },
        connection_refused_);
    return {};
  }

  const std::string& address() const override { return accept_loop_->address(); }

  void SetServing(bool serving) override {
    grpc::HealthCheckServiceInterface* const health = server_->GetHealthCheckService();
    health->SetServingStatus("", serving);
    health->SetServingStatus(TextEmbedding::service_full_name(), serving);
  }

  void Shutdown(std::chrono::milliseconds grace) override {
    if (server_ == nullptr || shut_down_.exchange(true)) return;
    accept_loop_->Stop();
    server_->Shutdown(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                   gpr_time_from_millis(grace.count(), GPR_TIMESPAN)));
  }

 private:
  CallContext shared_;
  EmbeddingService service_;
  const AcceptLoop::RefusedCallback connection_refused_;
  std::unique_ptr<grpc::Service> operator_service_;  // may be absent
  std::unique_ptr<AcceptLoop> accept_loop_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<grpc::Server> server_;
  std::atomic<bool> shut_down_{false};
};

}  // namespace

Result<std::unique_ptr<PublicServer>> PublicServer::Start(const PublicServerOptions& options,
                                                          EmbedHandler& handler,
                                                          const Clock& clock) {
  auto server = std::make_unique<PublicServerImpl>(options, handler, clock, handler.Info().model);
  RETURN_IF_ERROR(server->Listen(options.listen));
  return std::unique_ptr<PublicServer>(std::move(server));
}

}  // namespace shoal
