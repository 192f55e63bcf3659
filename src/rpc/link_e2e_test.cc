#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/clock.h"
#include "base/mutex.h"
#include "rpc/grpc_runtime.h"
#include "rpc/link_client.h"
#include "rpc/link_server.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr auto kPatience = 20s;

// The coordinator's side: answers Hello with Welcome, and keeps everything it hears.
class Coordinator final : public WorkerAttachmentHandler {
 public:
  void Opened(AttachmentId id, std::shared_ptr<WorkerAttachment> stream) override {
    MutexLock lock(mutex_);
    streams_[id] = std::move(stream);
    changed_.NotifyAll();
  }
  void Message(AttachmentId id, WorkerMessage message) override {
    const bool hello = std::holds_alternative<Hello>(message);
    std::shared_ptr<WorkerAttachment> stream;
    {
      MutexLock lock(mutex_);
      EXPECT_EQ(closed_.count(id), 0u);
      stream = streams_.at(id);
      heard_.push_back(std::move(message));
      changed_.NotifyAll();
    }
    if (hello) stream->Send(Welcome{.coordinator_id = "c", .attachment_id = id});
  }
  void Closed(AttachmentId id) override {
    MutexLock lock(mutex_);
    ++closed_[id];
    changed_.NotifyAll();
  }

  std::shared_ptr<WorkerAttachment> stream(AttachmentId id) {
    MutexLock lock(mutex_);
    return streams_.at(id);
  }
  std::size_t opened() {
    MutexLock lock(mutex_);
    return streams_.size();
  }
  int closed(AttachmentId id) {
    MutexLock lock(mutex_);
    return closed_[id];
  }
  // What was heard, once it is `count` messages.
  std::vector<WorkerMessage> Await(std::size_t count) {
    const auto until = SystemClock().Now() + kPatience;
    MutexLock lock(mutex_);
    while (heard_.size() < count && changed_.WaitUntil(mutex_, until)) {
    }
    return heard_;
  }
  bool AwaitClosed(AttachmentId id) {
    const auto until = SystemClock().Now() + kPatience;
    MutexLock lock(mutex_);
    while (closed_[id] == 0 && changed_.WaitUntil(mutex_, until)) {
    }
    return closed_[id] == 1;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::map<AttachmentId, std::shared_ptr<WorkerAttachment>> streams_ GUARDED_BY(mutex_);
  std::map<AttachmentId, int> closed_ GUARDED_BY(mutex_);
  std::vector<WorkerMessage> heard_ GUARDED_BY(mutex_);
};

// The worker's side.
class Worker {
 public:
  explicit Worker(const std::string& address, std::string token = {}) {
    auto link =
        DialWorkerLink({.address = address, .join_token = std::move(token)},
                       {.message = [this](CoordinatorMessage message) { Add(std::move(message)); },
                        .closed = [this](std::string why) { SetClosed(std::move(why)); }});
    EXPECT_TRUE(link.ok());
    link_ = *std::move(link);
  }

  WorkerLink& link() { return *link_; }
  void Destroy() { link_.reset(); }
  void Greet() {
    link_->Send(Hello{.worker_id = "w",
                      .dim = 1,
                      .lanes = 1,
                      .max_batch_items = 4,
                      .max_batch_tokens = 64,
                      .per_token_us = 1});
  }
  std::vector<CoordinatorMessage> Await(std::size_t count) {
    const auto until = SystemClock().Now() + kPatience;
    MutexLock lock(mutex_);
    while (heard_.size() < count && changed_.WaitUntil(mutex_, until)) {
    }
    return heard_;
  }
  std::string AwaitClosed() {
    const auto until = SystemClock().Now() + kPatience;
    MutexLock lock(mutex_);
    while (closed_ == 0 && changed_.WaitUntil(mutex_, until)) {
    }
    return why_;
  }
  int closed() {
    MutexLock lock(mutex_);
    return closed_;
  }

 private:
  void Add(CoordinatorMessage message) {
    MutexLock lock(mutex_);
    EXPECT_EQ(closed_, 0);
    heard_.push_back(std::move(message));
    changed_.NotifyAll();
  }
  void SetClosed(std::string why) {
    MutexLock lock(mutex_);
    ++closed_;
    why_ = std::move(why);
    changed_.NotifyAll();
  }

  Mutex mutex_;
  CondVar changed_;
  std::vector<CoordinatorMessage> heard_ GUARDED_BY(mutex_);
  int closed_ GUARDED_BY(mutex_) = 0;
  std::string why_ GUARDED_BY(mutex_);
  std::unique_ptr<WorkerLink> link_;  // last: its destructor waits for events
};

std::unique_ptr<LinkServer> Serve(Coordinator& coordinator, std::string token = {}) {
  InitRpc();
  auto server =
      LinkServer::Start({.listen = "127.0.0.1:0", .join_token = std::move(token)}, coordinator);
  EXPECT_TRUE(server.ok()) << server.status().ToString();
  return *std::move(server);
}

Batch BatchOf(BatchId id) {
  return {.id = id, .items = {{.id = id, .length = 2}}, .token_ids = {101, 102}};
}
BatchResult ResultOf(BatchId id) {
  return {.id = id,
          .statuses = {ItemStatus::kDone},
          .vectors = std::string("\0\0\x80\x3f", 4),
          .grant = {.granted = {id + 1}}};
}

TEST(WorkerLink, CarriesAConversationThatTheWorkerEnds) {
  Coordinator coordinator;
  auto server = Serve(coordinator);
  Worker worker(server->address());
  worker.Greet();
  EXPECT_EQ(std::get<Welcome>(worker.Await(1).at(0)).attachment_id, 1u);
  coordinator.stream(1)->Send(BatchOf(7));
  EXPECT_EQ(std::get<Batch>(worker.Await(2).at(1)).id, 7u);
  worker.link().Send(ResultOf(7));
  worker.link().Close();
  EXPECT_EQ(std::get<BatchResult>(coordinator.Await(2).at(1)).vectors, ResultOf(7).vectors);
  EXPECT_EQ(worker.AwaitClosed(), "the coordinator ended the attachment");
  EXPECT_TRUE(coordinator.AwaitClosed(1));
}

TEST(WorkerLink, CoordinatorsCloseComesAfterWhatWasSent) {
  Coordinator coordinator;
  auto server = Serve(coordinator);
  Worker worker(server->address());
  worker.Greet();
  worker.Await(1);
  const auto stream = coordinator.stream(1);
  for (BatchId id = 0; id < 50; ++id) stream->Send(BatchOf(id));
  stream->Send(Refuse{.why = "enough", .stay_away_ms = 5});
  stream->Close();
  stream->Send(BatchOf(99));  // too late: goes nowhere
  EXPECT_EQ(worker.AwaitClosed(), "the coordinator ended the attachment");
  EXPECT_EQ(std::get<Refuse>(worker.Await(52).at(51)).why, "enough");
  EXPECT_EQ(worker.Await(52).size(), 52u);
  EXPECT_TRUE(coordinator.AwaitClosed(1));
  worker.link().Send(ResultOf(1));  // after the end: nothing happens
}

TEST(WorkerLink, KeepsAThousandMessagesInOrderBothWays) {
  Coordinator coordinator;
  auto server = Serve(coordinator);
  Worker worker(server->address());
  worker.Greet();
  worker.Await(1);
  const auto stream = coordinator.stream(1);
  for (BatchId id = 0; id < 1000; ++id) {
    stream->Send(BatchOf(id));
    worker.link().Send(ResultOf(id));
  }
  const auto batches = worker.Await(1001);
  const auto results = coordinator.Await(1001);
  ASSERT_EQ(batches.size(), 1001u);
  ASSERT_EQ(results.size(), 1001u);
  for (BatchId id = 0; id < 1000; ++id) {
    EXPECT_EQ(std::get<Batch>(batches[id + 1]).id, id);
    EXPECT_EQ(std::get<BatchResult>(results[id + 1]).id, id);
  }
}

TEST(WorkerLink, TurnsAwayAWorkerWithoutTheToken) {
  Coordinator coordinator;
  auto server = Serve(coordinator, "secret");
  for (const char* token : {"", "secre", "secret2", "sEcret"}) {
    Worker worker(server->address(), token);
    EXPECT_THAT(worker.AwaitClosed(), HasSubstr("UNAUTHENTICATED")) << token;
  }
  EXPECT_EQ(coordinator.opened(), 0u);
  Worker worker(server->address(), "secret");
  worker.Greet();
  EXPECT_EQ(worker.Await(1).size(), 1u);
}

TEST(WorkerLink, EndsTheStreamOfAWorkerThatBreaksTheRules) {
  Coordinator coordinator;
  auto server = Serve(coordinator);
  Worker worker(server->address());
  worker.Greet();
  BatchResult torn = ResultOf(3);
  torn.vectors = "abc";
  worker.link().Send(torn);
  EXPECT_THAT(worker.AwaitClosed(), HasSubstr("result of batch 3 has 3 bytes of vectors"));
  EXPECT_TRUE(coordinator.AwaitClosed(1));
  EXPECT_EQ(coordinator.Await(1).size(), 1u);
}

TEST(WorkerLink, EndsTheStreamOfACoordinatorThatBreaksTheRules) {
  Coordinator coordinator;
  auto server = Serve(coordinator);
  Worker worker(server->address());
  worker.Greet();
  worker.Await(1);
  coordinator.stream(1)->Send(Batch{.id = 4});
  EXPECT_THAT(worker.AwaitClosed(), HasSubstr("batch 4 has no items"));
  EXPECT_TRUE(coordinator.AwaitClosed(1));
}

TEST(WorkerLink, ShutdownEndsOpenStreams) {
  Coordinator coordinator;
  auto server = Serve(coordinator);
  Worker worker(server->address());
  worker.Greet();
  worker.Await(1);
  server->Shutdown(20ms);
  EXPECT_EQ(coordinator.closed(1), 1);
  EXPECT_THAT(worker.AwaitClosed(), HasSubstr(":"));
  coordinator.stream(1)->Send(BatchOf(1));  // the stream outlives its call
  server->Shutdown(20ms);
}

TEST(WorkerLink, DestroyingTheWorkersEndClosesBoth) {
  Coordinator coordinator;
  auto server = Serve(coordinator);
  Worker worker(server->address());
  worker.Greet();
  worker.Await(1);
  worker.Destroy();
  EXPECT_EQ(worker.closed(), 1);
  EXPECT_TRUE(coordinator.AwaitClosed(1));
}

TEST(WorkerLink, DialsAgainOnTheSameAddress) {
  Coordinator coordinator;
  auto server = Serve(coordinator);
  for (AttachmentId id = 1; id <= 3; ++id) {
    Worker worker(server->address());
    worker.Greet();
    EXPECT_EQ(std::get<Welcome>(worker.Await(1).at(0)).attachment_id, id);
  }
}

TEST(WorkerLink, ADialThatFailedDoesNotSpoilTheNextToTheSameAddress) {
  Coordinator coordinator;
  auto server = Serve(coordinator);
  const std::string address = server->address();
  server.reset();
  {
    Worker worker(address);
    EXPECT_THAT(worker.AwaitClosed(), HasSubstr("UNAVAILABLE"));
  }
  auto back = LinkServer::Start({.listen = address}, coordinator);
  ASSERT_TRUE(back.ok()) << back.status().ToString();
  Worker worker(address);
  worker.Greet();
  EXPECT_EQ(worker.Await(1).size(), 1u);
}

TEST(WorkerLink, SaysWhyNobodyAnswers) {
  Coordinator coordinator;
  auto server = Serve(coordinator);
  const std::string address = server->address();
  server.reset();
  Worker worker(address);
  EXPECT_THAT(worker.AwaitClosed(), HasSubstr("UNAVAILABLE"));
  EXPECT_FALSE(DialWorkerLink({.address = "nowhere"}, {}).ok());
}

TEST(LinkServer, RefusesAnAddressInUse) {
  Coordinator coordinator;
  auto server = Serve(coordinator);
  const auto second = LinkServer::Start({.listen = server->address()}, coordinator);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.status().message(), HasSubstr(server->address()));
}

}  // namespace
}  // namespace shoal
