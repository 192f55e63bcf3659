#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <thread>

#include "base/mutex.h"
#include "edge/client_key.h"
#include "proto/google/rpc/error_details.pb.h"
#include "proto/public.grpc.pb.h"
#include "rpc/embed_stream_call.h"
#include "rpc/public_server.h"

namespace shoal {
namespace {

// Keeps requests until `group` of them are there, then answers these, the last one first. A text
// "7" gets the vector {7, 7}.
class GroupHandler final : public EmbedHandler {
 public:
  CallId NewCallId() override { return next_.fetch_add(1); }
  std::optional<Refusal> Start(CallId id, EmbedRequest request, ReplySink& sink) override {
    EXPECT_EQ(request.priority, Priority::kBulk);
    EXPECT_EQ(request.client, ClientKey("", "ipv4:127.0.0.1:1"));
    EXPECT_FALSE(request.request_id.empty());
    if (request.texts[0] == "refuse") {
      return Refusal{Verdict::kOverloaded, "wait", std::chrono::milliseconds(1500)};
    }
    std::map<CallId, Held> ready;
    {
      MutexLock lock(mutex_);
      ++starts_;
      deadlines_ += request.deadline.has_value() ? 1 : 0;
      held_[id] = {&sink, std::stof(request.texts[0])};
      most_held_ = std::max(most_held_, held_.size());
      if (held_.size() >= group_) ready.swap(held_);
      changed_.NotifyAll();
    }
    AnswerAll(ready);
    return std::nullopt;
  }
  void Cancel(CallId id) override {
    ReplySink* sink = nullptr;
    {
      MutexLock lock(mutex_);
      const auto found = held_.find(id);
      if (found == held_.end()) return;
      sink = found->second.sink;
      held_.erase(found);
      ++cancelled_;
    }
    sink->Finish(Refusal{Verdict::kCancelled, "cancelled"}, {});
  }
  ServiceInfo Info() override { return {.version = "1", .model = {.name = "mini", .dim = 2}}; }

  // Answers what is held; from now on groups have this size. On the loop's thread.
  void SetGroup(std::size_t group) {
    std::map<CallId, Held> ready;
    {
      MutexLock lock(mutex_);
      group_ = group;
      if (held_.size() >= group) ready.swap(held_);
    }
    AnswerAll(ready);
  }
  void AwaitHeld(std::size_t count) {
    MutexLock lock(mutex_);
    while (held_.size() < count) changed_.Wait(mutex_);
  }
  std::size_t starts() {
    MutexLock lock(mutex_);
    return starts_;
  }
  std::size_t most_held() {
    MutexLock lock(mutex_);
    return most_held_;
  }
  std::size_t cancelled() {
    MutexLock lock(mutex_);
    return cancelled_;
  }
  std::size_t deadlines() {
    MutexLock lock(mutex_);
    return deadlines_;
  }

 private:
  struct Held {
    ReplySink* sink;
    float value;
  };
  static void AnswerAll(const std::map<CallId, Held>& held) {
    for (auto it = held.rbegin(); it != held.rend(); ++it) {
      const float vector[2] = {it->second.value, it->second.value};
      EmbedReply reply = {.dim = 2, .vectors = std::string(sizeof(vector), '\0')};
      std::memcpy(reply.vectors.data(), vector, sizeof(vector));
      reply.token_counts = {3};
      it->second.sink->Finish(std::move(reply), {});
    }
  }

  std::atomic<CallId> next_{1};
  Mutex mutex_;
  CondVar changed_;
  std::map<CallId, Held> held_ GUARDED_BY(mutex_);
  std::size_t group_ GUARDED_BY(mutex_) = 1;
  std::size_t starts_ GUARDED_BY(mutex_) = 0;
  std::size_t most_held_ GUARDED_BY(mutex_) = 0;
  std::size_t cancelled_ GUARDED_BY(mutex_) = 0;
  std::size_t deadlines_ GUARDED_BY(mutex_) = 0;
};

class EmbedStreamTest : public testing::Test {
 protected:
  void SetUp() override { Begin({.listen = "127.0.0.1:0", .dim = 2}); }
  void Begin(const PublicServerOptions& options) {
    stream_.reset();
    server_.reset();
    auto server = PublicServer::Start(options, handler_, SystemClock(), *loop_);
    ASSERT_TRUE(server.ok()) << server.status().message();
    server_ = std::move(server).value();
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = text_embedding::TextEmbedding::NewStub(
        grpc::CreateCustomChannel(server_->address(), grpc::InsecureChannelCredentials(), own));
  }
  void SetGroup(std::size_t group) {
    loop_->PostAndWait([&] { handler_.SetGroup(group); });
  }
  void Open() { stream_ = stub_->EmbedStream(&context_); }
  bool Send(std::uint64_t index, const std::string& text) {
    text_embedding::StreamRequest message;
    message.set_index(index);
    message.mutable_request()->add_texts(text);
    return stream_->Write(message);
  }
  // 0 to count - 1 and the half-close, on a thread of its own.
  std::thread SendAll(std::uint64_t count) {
    return std::thread([this, count] {
      for (std::uint64_t i = 0; i < count; ++i) EXPECT_TRUE(Send(i, std::to_string(i)));
      EXPECT_TRUE(stream_->WritesDone());
    });
  }
  // Reads to the end: every index must come once, with its own vector.
  void ExpectAll(std::uint64_t count) {
    std::map<std::uint64_t, int> seen;
    text_embedding::StreamResponse answer;
    while (stream_->Read(&answer)) {
      ++seen[answer.index()];
      ASSERT_TRUE(answer.has_response()) << answer.error().message();
      ASSERT_EQ(answer.response().embeddings_size(), 1);
      const auto& vector = answer.response().embeddings(0).vector();
      ASSERT_EQ(vector.size(), 2);
      EXPECT_EQ(vector[0], static_cast<float>(answer.index()));
    }
    EXPECT_EQ(seen.size(), count);
    for (const auto& [index, times] : seen) EXPECT_EQ(times, 1) << index;
  }

  GroupHandler handler_;
  const std::unique_ptr<SocketLoop> loop_ = SocketLoop::Start(SystemClock()).value();
  std::unique_ptr<PublicServer> server_;
  std::unique_ptr<text_embedding::TextEmbedding::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<
      grpc::ClientReaderWriter<text_embedding::StreamRequest, text_embedding::StreamResponse>>
      stream_;
};

TEST_F(EmbedStreamTest, AnswersEveryIndexOnceWithItsOwnVectorInAnyOrder) {
  SetGroup(8);
  Open();
  std::thread sender = SendAll(200);
  ExpectAll(200);
  sender.join();
  EXPECT_TRUE(stream_->Finish().ok());
  EXPECT_EQ(handler_.starts(), 200u);
}

TEST_F(EmbedStreamTest, ARefusedMessageGetsItsErrorAndTheStreamGoesOn) {
  Open();
  ASSERT_TRUE(Send(5, "bad \xff"));
  text_embedding::StreamResponse answer;
  ASSERT_TRUE(stream_->Read(&answer));
  EXPECT_EQ(answer.index(), 5u);
  EXPECT_EQ(answer.error().code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(answer.error().message(), "texts[0] is not valid UTF-8 at byte 4");
  ASSERT_TRUE(Send(6, "refuse"));
  ASSERT_TRUE(stream_->Read(&answer));
  EXPECT_EQ(answer.index(), 6u);
  EXPECT_EQ(answer.error().code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  google::rpc::RetryInfo retry;
  ASSERT_EQ(answer.error().details_size(), 2);
  ASSERT_TRUE(answer.error().details(1).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  ASSERT_TRUE(Send(7, "7"));
  ASSERT_TRUE(stream_->Read(&answer));
  EXPECT_EQ(answer.response().embeddings(0).vector(0), 7.0F);
  stream_->WritesDone();
  EXPECT_TRUE(stream_->Finish().ok());
}

TEST_F(EmbedStreamTest, WithoutRoomForItsBytesAMessageIsRefusedUnderItsIndex) {
  Begin({.listen = "127.0.0.1:0", .limits = {.max_received_bytes = 100}, .dim = 2});
  Open();
  ASSERT_TRUE(Send(9, std::string(200, '1')));
  text_embedding::StreamResponse answer;
  ASSERT_TRUE(stream_->Read(&answer));
  EXPECT_EQ(answer.index(), 9u);
  EXPECT_EQ(answer.error().code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  for (int i = 0; i < 50; ++i) {  // each gives its bytes back
    ASSERT_TRUE(Send(3, "3"));
    ASSERT_TRUE(stream_->Read(&answer));
    EXPECT_TRUE(answer.has_response()) << answer.error().message();
  }
  stream_->WritesDone();
  EXPECT_TRUE(stream_->Finish().ok());
}

TEST_F(EmbedStreamTest, AMessageWithoutExactlyOneRequestGetsItsErrorAndTheStreamGoesOn) {
  Open();
  text_embedding::StreamRequest none;
  none.set_index(7);
  text_embedding::StreamRequest wrong = none;  // request as a varint
  wrong.GetReflection()->MutableUnknownFields(&wrong)->AddVarint(2, 1);
  text_embedding::StreamRequest twice = none;
  twice.mutable_request()->add_texts("1");
  twice.GetReflection()->MutableUnknownFields(&twice)->AddLengthDelimited(2,
                                                                          "\x0a\x01"
                                                                          "1");
  text_embedding::StreamRequest broken = none;  // a request that is no message
  broken.GetReflection()->MutableUnknownFields(&broken)->AddLengthDelimited(2, "\xff");
  for (const auto& message : {none, wrong, twice, broken}) {
    ASSERT_TRUE(stream_->Write(message));
    text_embedding::StreamResponse answer;
    ASSERT_TRUE(stream_->Read(&answer)) << message.ShortDebugString();
    EXPECT_EQ(answer.index(), 7u);
    EXPECT_EQ(answer.error().code(), grpc::StatusCode::INVALID_ARGUMENT);
    google::rpc::ErrorInfo info;
    ASSERT_EQ(answer.error().details_size(), 1);
    ASSERT_TRUE(answer.error().details(0).UnpackTo(&info));
    EXPECT_EQ(info.reason(), "invalid_request");
  }
  std::thread sender = SendAll(3);
  ExpectAll(3);
  sender.join();
  EXPECT_TRUE(stream_->Finish().ok());
}

TEST_F(EmbedStreamTest, BytesThatAreNoMessageEndTheStreamAfterWhatIsInFlight) {
  SetGroup(2);
  Open();
  ASSERT_TRUE(Send(1, "1"));
  handler_.AwaitHeld(1);
  text_embedding::StreamRequest broken;  // field 0, which cannot be
  broken.GetReflection()->MutableUnknownFields(&broken)->AddVarint(0, 1);
  ASSERT_TRUE(stream_->Write(broken));
  SetGroup(1);
  text_embedding::StreamResponse answer;
  ASSERT_TRUE(stream_->Read(&answer));
  EXPECT_EQ(answer.index(), 1u);
  EXPECT_TRUE(answer.has_response());
  EXPECT_FALSE(stream_->Read(&answer));
  EXPECT_EQ(stream_->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(EmbedStreamTest, AFullWindowStopsReadingAndRefusesNothing) {
  SetGroup(1000);
  Open();
  std::thread sender = SendAll(200);
  handler_.AwaitHeld(kStreamWindow);
  for (int i = 0; i < 20; ++i) {  // time enough for a 65th on the same connection
    grpc::ClientContext context;
    text_embedding::InfoResponse info;
    ASSERT_TRUE(stub_->Info(&context, {}, &info).ok());
  }
  EXPECT_EQ(handler_.starts(), kStreamWindow);
  SetGroup(1);
  ExpectAll(200);
  sender.join();
  EXPECT_TRUE(stream_->Finish().ok());
  EXPECT_EQ(handler_.most_held(), kStreamWindow);
}

TEST_F(EmbedStreamTest, ACancelledStreamCancelsEachRequestInFlight) {
  SetGroup(1000);
  Open();
  for (std::uint64_t i = 0; i < 100; ++i) ASSERT_TRUE(Send(i, "1"));
  handler_.AwaitHeld(kStreamWindow);
  context_.TryCancel();
  EXPECT_EQ(stream_->Finish().error_code(), grpc::StatusCode::CANCELLED);
  server_->Shutdown(std::chrono::seconds(5));
  EXPECT_EQ(handler_.cancelled(), kStreamWindow);
  EXPECT_EQ(handler_.starts(), kStreamWindow);
}

TEST_F(EmbedStreamTest, TheStreamsDeadlineIsThatOfEachRequest) {
  SetGroup(1000);
  context_.set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(500, GPR_TIMESPAN)));
  Open();
  ASSERT_TRUE(Send(0, "1"));
  ASSERT_TRUE(Send(1, "1"));
  EXPECT_EQ(stream_->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  server_->Shutdown(std::chrono::seconds(5));
  EXPECT_EQ(handler_.deadlines(), 2u);
  EXPECT_EQ(handler_.cancelled(), 2u);
}

TEST_F(EmbedStreamTest, ShutdownEndsAStreamThatIsInFlight) {
  SetGroup(1000);
  Open();
  ASSERT_TRUE(Send(0, "1"));
  handler_.AwaitHeld(1);
  server_->Shutdown(std::chrono::milliseconds(50));
  EXPECT_FALSE(stream_->Finish().ok());
  EXPECT_EQ(handler_.cancelled(), 1u);
}

TEST_F(EmbedStreamTest, HalfCloseWithNothingEndsWithOk) {
  Open();
  ASSERT_TRUE(stream_->WritesDone());
  text_embedding::StreamResponse answer;
  EXPECT_FALSE(stream_->Read(&answer));
  EXPECT_TRUE(stream_->Finish().ok());
}

}  // namespace
}  // namespace shoal
