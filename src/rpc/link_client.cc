// The other half of link_server.cc, with the same queue and the same Advance. What differs on a
// client: gRPC may end a call as soon as no operation is under way, so a hold keeps it open for
// writes that come later; and the owner may destroy the link at any moment, so the stream owns
// itself until OnDone and the destructor waits for that.
#include "rpc/link_client.h"

#include <grpcpp/grpcpp.h>

#include <deque>
#include <utility>

#include "base/address.h"
#include "base/mutex.h"
#include "proto/shoal/worker.grpc.pb.h"
#include "rpc/grpc_status.h"
#include "rpc/kept_channel.h"
#include "rpc/link_channel.h"
#include "rpc/link_conversion.h"

namespace shoal {
namespace {

constexpr int kConnectTimeoutMs = 2000;

// A channel of its own for every dial. A channel that is kept remembers a failure, and answers a
// dial that comes during its back-off with that failure, without a look at the port: a coordinator
// that is back would be missed. Who dials again paces it.
std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kLinkMaxMessageBytes);
  // By its name a back-off; it is also the time that one connection attempt is given.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kLinkKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kLinkKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Shares neither connection nor back-off with other channels to the same address.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

// The stream. Lives until OnDone and as long as its link.
//
//   1. One write, or the half-close, is in flight at most (writing_).
//   2. gRPC's hold, which lets Send start writes from any thread, is given back once: when reading
//      has ended and nothing is in flight. Nothing is started after that (ended_).
class AttachmentStream final
    : public grpc::ClientBidiReactor<wire::WorkerMessage, wire::CoordinatorMessage> {
 public:
  AttachmentStream(const WorkerLinkTarget& target, WorkerLinkEvents events)
      : events_(std::move(events)),
        channel_(ChannelTo(target.address)),
        stub_(wire::Link::NewStub(channel_)) {
    if (!target.join_token.empty()) context_.AddMetadata(kJoinTokenKey, target.join_token);
  }

  static std::shared_ptr<AttachmentStream> Begin(const WorkerLinkTarget& target,
                                                 WorkerLinkEvents events) {
    auto stream = std::make_shared<AttachmentStream>(target, std::move(events));
    stream->self_ = stream;
    stream->stub_->async()->Attach(&stream->context_, stream.get());
    stream->AddHold();
    stream->StartRead(&stream->incoming_);
    stream->StartCall();
    KeepChannel(stream->channel_);
    return stream;
  }

  void Send(WorkerMessage message) {
    wire::WorkerMessage out = ToWire(std::move(message));
    {
      MutexLock lock(mutex_);
      if (closing_ || ended_) return;
      queue_.push_back(std::move(out));
    }
    Advance();
  }

  void Close() {
    {
      MutexLock lock(mutex_);
      closing_ = true;
    }
    Advance();
  }

  void CancelAndWait() {
    context_.TryCancel();
    MutexLock lock(mutex_);
    while (!done_) done_changed_.Wait(mutex_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      {
        MutexLock lock(mutex_);
        ended_ = true;
        queue_.clear();
      }
      Advance();
      return;
    }
    if (why_.ok()) {
      Result<CoordinatorMessage> message = FromWire(std::move(incoming_));
      if (message.ok()) {
        events_.message(*std::move(message));
      } else {
        why_ = message.status();
        context_.TryCancel();
      }
    }
    StartRead(&incoming_);  // after a cancel: hears the end
  }

  void OnWriteDone(bool ok) override { InFlightDone(ok); }
  void OnWritesDoneDone(bool ok) override { InFlightDone(ok); }

  void OnDone(const grpc::Status& status) override {
    const std::shared_ptr<AttachmentStream> keep = std::move(self_);
    if (why_.ok()) why_ = FromGrpc(status);
    events_.closed(why_.ok() ? "the coordinator ended the attachment" : why_.ToString());
    MutexLock lock(mutex_);
    done_ = true;
    done_changed_.NotifyAll();
  }

 private:
  enum class Next { kNothing, kWrite, kHalfClose, kGiveBackHold };

  void InFlightDone(bool ok) {
    {
      MutexLock lock(mutex_);
      writing_ = false;
      if (!ok) queue_.clear();  // the stream is broken; reading will hear its end
    }
    Advance();
  }

  Next TakeNext() {
    MutexLock lock(mutex_);
    if (writing_) return Next::kNothing;
    if (ended_) return std::exchange(hold_, false) ? Next::kGiveBackHold : Next::kNothing;
    if (!queue_.empty()) {
      outgoing_ = std::move(queue_.front());
      queue_.pop_front();
      writing_ = true;
      return Next::kWrite;
    }
    if (!closing_ || half_closed_) return Next::kNothing;
    half_closed_ = true;
    writing_ = true;
    return Next::kHalfClose;
  }

  void Advance() {
    switch (TakeNext()) {
      case Next::kNothing:
        return;
      case Next::kWrite:
        StartWrite(&outgoing_);
        return;
      case Next::kHalfClose:
        StartWritesDone();
        return;
      case Next::kGiveBackHold:
        RemoveHold();
        return;
    }
  }

  const WorkerLinkEvents events_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<wire::Link::Stub> stub_;
  grpc::ClientContext context_;
  std::shared_ptr<AttachmentStream> self_;  // set before the call begins, reset in OnDone
  wire::CoordinatorMessage incoming_;       // reading callbacks only
  Status why_;                    // reading callbacks and OnDone only: what we did not like
  wire::WorkerMessage outgoing_;  // whoever set writing_, until its write is done

  Mutex mutex_;
  CondVar done_changed_;
  std::deque<wire::WorkerMessage> queue_ GUARDED_BY(mutex_);
  bool writing_ GUARDED_BY(mutex_) = false;
  bool closing_ GUARDED_BY(mutex_) = false;      // Close was called
  bool half_closed_ GUARDED_BY(mutex_) = false;  // and has been carried out
  bool ended_ GUARDED_BY(mutex_) = false;        // nothing more comes in, so nothing goes out
  bool hold_ GUARDED_BY(mutex_) = true;
  bool done_ GUARDED_BY(mutex_) = false;
};

class GrpcWorkerLink final : public WorkerLink {
 public:
  explicit GrpcWorkerLink(std::shared_ptr<AttachmentStream> stream) : stream_(std::move(stream)) {}
  ~GrpcWorkerLink() override { stream_->CancelAndWait(); }
  void Send(WorkerMessage message) override { stream_->Send(std::move(message)); }
  void Close() override { stream_->Close(); }

 private:
  const std::shared_ptr<AttachmentStream> stream_;
};

}  // namespace

Result<std::unique_ptr<WorkerLink>> DialWorkerLink(const WorkerLinkTarget& target,
                                                   WorkerLinkEvents events) {
  RETURN_IF_ERROR(ParseAddress(target.address).status().At("coordinator"));
  return std::unique_ptr<WorkerLink>(
      std::make_unique<GrpcWorkerLink>(AttachmentStream::Begin(target, std::move(events))));
}

}  // namespace shoal
