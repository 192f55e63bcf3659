#include "rpc/embed_stream_call.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/mutex.h"
#include "edge/request_checks.h"
#include "proto/public.pb.h"
#include "rpc/refusal_status.h"
#include "rpc/wire_walker.h"

namespace shoal {
namespace {

grpc::Slice WriteStreamError(std::uint64_t index, const Refusal& refusal) {
  text_embedding::StreamResponse response;
  response.set_index(index);
  *response.mutable_error() = DetailsOf(refusal);
  return grpc::Slice(response.SerializeAsString());
}

// One stream. gRPC calls On*, the handler finishes sinks, each on any thread.
//
//   1. At most one read and one write are in flight (reading_, writing_); a read that is being
//      dealt with is still in flight.
//   2. Finish is called once (finished_): when reading has ended and no read, write, queued answer
//      or sink is left. So *this outlives its sinks, and whoever set reading_ or writing_, or has a
//      sink unfinished, may use it.
//   3. What to do next is decided under the same lock as the change that calls for it. Whoever is
//      given nothing to do does not touch *this after that: it may be gone.
class EmbedStreamCall final : public RawBidiReactor {
 public:
  EmbedStreamCall(grpc::CallbackServerContext* context, CallContext& shared)
      : context_(*context),
        shared_(shared),
        deadline_(DeadlineOf(*context, shared.clock)),
        client_(ClientOf(*context)) {}

  void Begin() { StartRead(&incoming_); }

  void OnReadDone(bool ok) override {
    if (ok) {
      grpc::ByteBuffer body;
      body.Swap(&incoming_);
      Take(body);
    }
    Next next;
    {
      MutexLock lock(mutex_);
      reading_ = false;
      if (!ok) read_ended_ = true;
      next = Decide();
    }
    Do(next);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) Break();
    Next next;
    {
      MutexLock lock(mutex_);
      writing_ = false;
      next = Decide();
    }
    Do(next);
  }

  void OnCancel() override { Break(); }
  void OnDone() override { delete this; }

 private:
  // The request of one message, from before its Start until its Finish.
  class Sink final : public ReplySink {
   public:
    Sink(EmbedStreamCall& stream, CallId id, std::uint64_t index, std::string request_id,
         ByteBudget::Hold hold)
        : stream_(stream),
          id_(id),
          index_(index),
          request_id_(std::move(request_id)),
          hold_(std::move(hold)) {}

    void Finish(EmbedOutcome outcome) override {
      const auto* reply = std::get_if<EmbedReply>(&outcome);
      stream_.Answered(id_, reply == nullptr ? WriteStreamError(index_, std::get<Refusal>(outcome))
                                             : WriteStreamReply(index_, *reply, request_id_,
                                                                stream_.shared_.header));
    }

   private:
    EmbedStreamCall& stream_;
    const CallId id_;
    const std::uint64_t index_;
    const std::string request_id_;
    const ByteBudget::Hold hold_;
  };

  struct Next {
    bool read = false;
    bool write = false;
    std::optional<grpc::Status> finish;
  };

  // On the reading callback: reading_ keeps *this alive.
  void Take(const grpc::ByteBuffer& body) {
    auto hold = shared_.received.TryTake(body.Length());
    // Without room only the index is read: no text is copied.
    Limits limits = shared_.limits;
    if (!hold.has_value()) limits.max_texts = 0;
    auto walked = WalkStreamRequest(BodySlices(body).views, limits);
    if (const auto* unreadable = std::get_if<Refusal>(&walked)) {
      MutexLock lock(mutex_);
      read_ended_ = true;
      status_ = ToGrpc(*unreadable, context_);
      return;
    }
    auto& item = std::get<StreamItem>(walked);
    if (!hold.has_value()) return Refuse(item.index, OutOfBytes(body.Length()));
    auto* const request = std::get_if<EmbedRequest>(&item.request);
    if (request == nullptr) return Refuse(item.index, std::get<Refusal>(item.request));
    request->request_id = shared_.request_ids.Choose(request->request_id, "");
    request->deadline = deadline_;
    request->priority = Priority::kBulk;
    request->client = client_;
    if (const auto refusal = CheckReplySize(*request, shared_)) return Refuse(item.index, *refusal);
    Start(item.index, std::move(*request), *std::move(hold));
  }

  void Start(std::uint64_t index, EmbedRequest request, ByteBudget::Hold hold) {
    const CallId id = shared_.handler.NewCallId();
    auto owned = std::make_unique<Sink>(*this, id, index, request.request_id, std::move(hold));
    Sink& sink = *owned;
    {
      MutexLock lock(mutex_);
      if (broken_) return;
      open_.emplace(id, std::move(owned));
    }
    // After a Start that was not refused the sink is not ours any more.
    if (const auto refusal = shared_.handler.Start(id, std::move(request), sink)) {
      return sink.Finish(*refusal);
    }
    // A Break since then may have told the handler of an id that it did not know yet.
    bool cancel = false;
    {
      MutexLock lock(mutex_);
      cancel = broken_ && open_.count(id) > 0;
    }
    if (cancel) shared_.handler.Cancel(id);
  }

  void Refuse(std::uint64_t index, const Refusal& refusal) {
    const grpc::Slice answer = WriteStreamError(index, refusal);
    MutexLock lock(mutex_);
    if (!broken_) queue_.push_back(answer);
  }

  // Ends the sink.
  void Answered(CallId id, const grpc::Slice& answer) {
    Next next;
    {
      MutexLock lock(mutex_);
      open_.erase(id);
      if (!broken_) queue_.push_back(answer);
      next = Decide();
    }
    Do(next);
  }

  // The client is gone. In a callback of gRPC, which keeps *this alive.
  void Break() {
    std::vector<CallId> ids;
    Next next;
    {
      MutexLock lock(mutex_);
      if (broken_) return;
      broken_ = true;
      read_ended_ = true;
      status_ = grpc::Status::CANCELLED;
      queue_.clear();
      for (const auto& [id, sink] : open_) ids.push_back(id);
      next = Decide();
    }
    for (const CallId id : ids) shared_.handler.Cancel(id);
    Do(next);
  }

  Next Decide() REQUIRES(mutex_) {
    Next next;
    if (!writing_ && !queue_.empty()) {
      outgoing_ = grpc::ByteBuffer(&queue_.front(), 1);
      queue_.pop_front();
      writing_ = next.write = true;
    }
    const std::size_t in_window = open_.size() + queue_.size() + (writing_ ? 1 : 0);
    if (!reading_ && !read_ended_ && in_window < kStreamWindow) reading_ = next.read = true;
    if (read_ended_ && !reading_ && in_window == 0 && !finished_) {
      finished_ = true;
      next.finish = status_;
    }
    return next;
  }

  void Do(const Next& next) {
    if (next.read) StartRead(&incoming_);
    if (next.write) StartWrite(&outgoing_);
    if (next.finish.has_value()) Finish(*next.finish);
  }

  grpc::CallbackServerContext& context_;
  CallContext& shared_;
  const std::optional<std::chrono::steady_clock::time_point> deadline_;  // of every request
  const std::uint64_t client_;
  grpc::ByteBuffer incoming_;  // whoever set reading_, until its read is done
  grpc::ByteBuffer outgoing_;  // whoever set writing_, until its write is done

  Mutex mutex_;
  std::map<CallId, std::unique_ptr<Sink>> open_ GUARDED_BY(mutex_);
  std::deque<grpc::Slice> queue_ GUARDED_BY(mutex_);  // answers to be written
  bool reading_ GUARDED_BY(mutex_) = true;            // Begin's
  bool writing_ GUARDED_BY(mutex_) = false;
  bool read_ended_ GUARDED_BY(mutex_) = false;  // no read is started any more
  bool broken_ GUARDED_BY(mutex_) = false;      // nothing is written any more
  bool finished_ GUARDED_BY(mutex_) = false;
  grpc::Status status_ GUARDED_BY(mutex_);
};

}  // namespace

RawBidiReactor* StartEmbedStream(grpc::CallbackServerContext* context, CallContext& shared) {
  // NOLINTNEXTLINE: OnDone deletes it, which cannot happen before this function has returned.
  auto* stream = new EmbedStreamCall(context, shared);
  stream->Begin();
  return stream;
}

}  // namespace shoal
