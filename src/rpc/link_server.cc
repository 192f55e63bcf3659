// gRPC allows one write at a time on a stream, and no write beside Finish; the coordinator sends
// when it likes. So each stream has a queue: Send appends, and Advance starts the next write, or
// Finish, if nothing is in flight. Whatever changes the state calls Advance behind it. A thread per
// worker would do the same with a thousand stacks.
#include "rpc/link_server.h"

#include <grpcpp/grpcpp.h>

#include <deque>
#include <optional>
#include <string_view>
#include <utility>

#include "base/address.h"
#include "base/mutex.h"
#include "net/listener.h"
#include "proto/shoal/worker.grpc.pb.h"
#include "rpc/grpc_status.h"
#include "rpc/link_channel.h"
#include "rpc/link_conversion.h"
#include "rpc/reflection.h"

namespace shoal {
namespace {

// Takes as long for a wrong guess as for a right one.
bool SameToken(std::string_view given, std::string_view expected) {
  unsigned difference = given.size() == expected.size() ? 0 : 1;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const char other = i < given.size() ? given[i] : '\0';
    difference |= static_cast<unsigned char>(expected[i] ^ other);
  }
  return difference == 0;
}

bool ShowsToken(const grpc::CallbackServerContext& context, const std::string& expected) {
  if (expected.empty()) return true;
  const auto found = context.client_metadata().find(kJoinTokenKey);
  if (found == context.client_metadata().end()) return false;
  return SameToken({found->second.data(), found->second.size()}, expected);
}

// What streams share. Counts them, so that the server can wait for the last one.
class Streams {
 public:
  explicit Streams(WorkerAttachmentHandler& handler) : handler_(handler) {}

  WorkerAttachmentHandler& handler() { return handler_; }
  AttachmentId Add() {
    MutexLock lock(mutex_);
    ++open_;
    return ++last_id_;
  }
  void Remove() {
    MutexLock lock(mutex_);
    --open_;
    none_.NotifyAll();
  }
  void AwaitNone() {
    MutexLock lock(mutex_);
    while (open_ > 0) none_.Wait(mutex_);
  }

 private:
  WorkerAttachmentHandler& handler_;
  Mutex mutex_;
  CondVar none_;
  AttachmentId last_id_ GUARDED_BY(mutex_) = 0;
  int open_ GUARDED_BY(mutex_) = 0;
};

// One worker's attachment, a stream of gRPC. gRPC calls On*, the coordinator Send and Close, each
// on any thread.
//
//   1. One write is in flight at most (writing_).
//   2. Finish is called once (finished_), never while a write is in flight, and last.
//   3. The object lives until OnDone and as long as the coordinator holds it.
class GrpcWorkerAttachment final
    : public grpc::ServerBidiReactor<wire::WorkerMessage, wire::CoordinatorMessage>,
      public WorkerAttachment {
 public:
  GrpcWorkerAttachment(Streams& streams, AttachmentId id) : streams_(streams), id_(id) {}

  static grpc::ServerBidiReactor<wire::WorkerMessage, wire::CoordinatorMessage>* Begin(
      Streams& streams) {
    const AttachmentId id = streams.Add();
    auto stream = std::make_shared<GrpcWorkerAttachment>(streams, id);
    stream->self_ = stream;
    GrpcWorkerAttachment* const reactor = stream.get();
    streams.handler().Opened(id, std::move(stream));
    reactor->StartRead(&reactor->incoming_);
    return reactor;
  }

  void Send(CoordinatorMessage message) override {
    wire::CoordinatorMessage out = ToWire(std::move(message));
    {
      MutexLock lock(mutex_);
      if (ending_) return;
      queue_.push_back(std::move(out));
    }
    Advance();
  }

  void Close() override { End(grpc::Status::OK, /*drop_queue=*/false); }

  void OnReadDone(bool ok) override {
    if (!ok) {  // the worker is done, or gone: then writes fail by themselves
      End(grpc::Status::OK, /*drop_queue=*/false);
      return;
    }
    Result<WorkerMessage> message = reader_.Read(std::move(incoming_));
    if (!message.ok()) {
      End(ToGrpc(message.status()), /*drop_queue=*/true);
      return;
    }
    streams_.handler().Message(id_, *std::move(message));
    StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override {
    {
      MutexLock lock(mutex_);
      writing_ = false;
      if (!ok) {
        ending_ = true;
        queue_.clear();
      }
    }
    Advance();
  }

  void OnCancel() override { End(grpc::Status::CANCELLED, /*drop_queue=*/true); }

  void OnDone() override {
    const std::shared_ptr<GrpcWorkerAttachment> keep = std::move(self_);
    Streams& streams = streams_;
    streams.handler().Closed(id_);
    streams.Remove();
  }

 private:
  // The first status given is the stream's.
  void End(grpc::Status status, bool drop_queue) {
    {
      MutexLock lock(mutex_);
      if (!ending_) status_ = std::move(status);
      ending_ = true;
      if (drop_queue) queue_.clear();
    }
    Advance();
  }

  // Starts what is due: the next write, or Finish after the last.
  void Advance() {
    std::optional<grpc::Status> finish;
    {
      MutexLock lock(mutex_);
      if (writing_ || finished_) return;
      if (!queue_.empty()) {
        outgoing_ = std::move(queue_.front());
        queue_.pop_front();
        writing_ = true;
      } else if (ending_) {
        finished_ = true;
        finish = status_;
      } else {
        return;
      }
    }
    if (finish) {
      Finish(*finish);
    } else {
      StartWrite(&outgoing_);
    }
  }

  Streams& streams_;
  const AttachmentId id_;
  std::shared_ptr<GrpcWorkerAttachment> self_;  // set before the call begins, reset in OnDone
  WorkerMessageReader reader_;                  // reading callbacks only, as is incoming_
  wire::WorkerMessage incoming_;
  wire::CoordinatorMessage outgoing_;  // whoever set writing_, until its write is done

  Mutex mutex_;
  std::deque<wire::CoordinatorMessage> queue_ GUARDED_BY(mutex_);
  bool writing_ GUARDED_BY(mutex_) = false;
  bool ending_ GUARDED_BY(mutex_) = false;
  bool finished_ GUARDED_BY(mutex_) = false;
  grpc::Status status_ GUARDED_BY(mutex_);
};

// A worker that is turned away before anybody hears of it.
class RefusedStream final
    : public grpc::ServerBidiReactor<wire::WorkerMessage, wire::CoordinatorMessage> {
 public:
  explicit RefusedStream(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

class LinkService final : public wire::Link::CallbackService {
 public:
  LinkService(std::string join_token, WorkerAttachmentHandler& handler)
      : join_token_(std::move(join_token)), streams_(handler) {}

  grpc::ServerBidiReactor<wire::WorkerMessage, wire::CoordinatorMessage>* Attach(
      grpc::CallbackServerContext* context) override {
    if (!ShowsToken(*context, join_token_)) {
      return new RefusedStream(
          {grpc::StatusCode::UNAUTHENTICATED,
           "the coordinator asks for another join token than this worker has"});
    }
    return GrpcWorkerAttachment::Begin(streams_);
  }

  void AwaitNoStream() { streams_.AwaitNone(); }

 private:
  const std::string join_token_;
  Streams streams_;
};

class GrpcLinkServer final : public LinkServer {
 public:
  GrpcLinkServer(LinkServerOptions options, WorkerAttachmentHandler& handler)
      : service_(std::move(options.join_token), handler) {}
  ~GrpcLinkServer() override { Shutdown(std::chrono::milliseconds(0)); }

  Status Listen(const std::string& listen) {
    Result<Address> address = ParseAddress(listen);
    RETURN_IF_ERROR(address.status().At("worker link"));
    // A listener of ours, gone again at once, says why one cannot be had; gRPC's would log it.
    RETURN_IF_ERROR(ListenOn(*address).status().At("worker link"));
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    builder.SetOption(std::make_unique<ReflectionOption>(Reflection::kOff));
    builder.SetMaxReceiveMessageSize(kLinkMaxMessageBytes);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kLinkKeepaliveMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kLinkKeepaliveTimeoutMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    // Half of what workers are told to send, so that none is turned away for pinging.
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                               kLinkKeepaliveMs / 2);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port == 0) {
      return UnavailableError("worker link: cannot listen on " + listen);
    }
    address->port = static_cast<std::uint16_t>(port);
    address_ = ToString(*address);
    return {};
  }

  const std::string& address() const override { return address_; }

  void Shutdown(std::chrono::milliseconds grace) override {
    {
      MutexLock lock(mutex_);
      if (shut_down_) return;
      shut_down_ = true;
    }
    if (server_ == nullptr) return;
    server_->Shutdown(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                   gpr_time_from_millis(grace.count(), GPR_TIMESPAN)));
    service_.AwaitNoStream();
  }

 private:
  LinkService service_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
  Mutex mutex_;
  bool shut_down_ GUARDED_BY(mutex_) = false;
};

}  // namespace

Result<std::unique_ptr<LinkServer>> LinkServer::Start(LinkServerOptions options,
                                                      WorkerAttachmentHandler& handler) {
  const std::string listen = options.listen;
  auto server = std::make_unique<GrpcLinkServer>(std::move(options), handler);
  RETURN_IF_ERROR(server->Listen(listen));
  return std::unique_ptr<LinkServer>(std::move(server));
}

}  // namespace shoal
