#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "rpc/embed_client.h"
#include "rpc/grpc_runtime.h"
#include "rpc/link_client.h"
#include "server/coordinator_service.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

ModelFolder TinyModel() {
  return {.name = "tiny",
          .config = {.hidden_size = 4},
          .max_tokens = 8,
          .tokenizer = BertTokenizerSpec(
              ReadVocabulary("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n").value(), true),
          .digest = "d"};
}

CoordinatorServiceOptions Loopback() {
  return {.version = "1", .grpc_listen = "127.0.0.1:0", .worker_listen = "127.0.0.1:0"};
}

// A worker that greets and does nothing more.
class IdleWorker {
 public:
  explicit IdleWorker(const std::string& address) {
    loop_->PostAndWait([&] {
      auto link = DialWorkerLink(
          {.address = address}, *loop_, resolver_,
          {.message = [](const CoordinatorMessage&) {}, .closed = [](const std::string&) {}});
      CHECK(link.ok(), link.status().message());
      link_ = *std::move(link);
      link_->Send(Hello{.worker_id = "w0",
                        .model_digest = "d",
                        .dim = 4,
                        .lanes = 1,
                        .max_batch_items = 4,
                        .max_batch_tokens = 64,
                        .per_token_us = 1});
    });
  }
  ~IdleWorker() {
    loop_->PostAndWait([&] { link_.reset(); });
  }

 private:
  std::unique_ptr<SocketLoop> loop_ = SocketLoop::Start(SystemClock()).value();
  Resolver resolver_{SystemClock()};
  std::unique_ptr<WorkerLink> link_;  // of the loop's thread
};

TEST(CoordinatorService, RefusesAWorkerLinkThatOtherMachinesReachWithoutAToken) {
  InitRpc();
  CoordinatorServiceOptions options = Loopback();
  options.worker_listen = "0.0.0.0:0";
  const auto service = CoordinatorService::Start(options, TinyModel(), SystemClock());
  ASSERT_FALSE(service.ok());
  EXPECT_THAT(service.status().message(), HasSubstr("--join-token-file"));
}

TEST(CoordinatorService, AnAddressInUseIsNamed) {
  InitRpc();
  const auto first = CoordinatorService::Start(Loopback(), TinyModel(), SystemClock());
  ASSERT_TRUE(first.ok()) << first.status().message();
  CoordinatorServiceOptions options = Loopback();
  options.grpc_listen = (*first)->grpc_address();
  const auto second = CoordinatorService::Start(options, TinyModel(), SystemClock());
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.status().message(), HasSubstr((*first)->grpc_address()));
}

TEST(CoordinatorService, AnnouncesAWorkerThatCameAndOneThatWent) {
  InitRpc();
  std::atomic<int> announced = 0;
  CoordinatorServiceOptions options = Loopback();
  options.workers_changed = [&announced] {
    ++announced;
    announced.notify_all();
  };
  const auto service = CoordinatorService::Start(options, TinyModel(), SystemClock());
  ASSERT_TRUE(service.ok()) << service.status().message();
  auto worker = std::make_unique<IdleWorker>((*service)->worker_address());
  announced.wait(0);
  ASSERT_EQ((*service)->Info().workers.size(), 1u);
  EXPECT_TRUE(Serves((*service)->Info().workers[0]));
  worker.reset();
  announced.wait(1);
  EXPECT_EQ((*service)->Info().workers[0].state, WorkerState::kLost);
}

TEST(CoordinatorService, ADrainAnswersWhatIsOpenThenEnds) {
  InitRpc();
  const auto service = CoordinatorService::Start(Loopback(), TinyModel(), SystemClock());
  ASSERT_TRUE(service.ok()) << service.status().message();
  const auto client = ConnectEmbedClient((*service)->grpc_address());
  ASSERT_TRUE(client.ok());
  std::atomic<bool> answered = false;
  // Nobody is there to compute it: it waits.
  (*client)->EmbedAsync({"a"}, {.timeout = 30s}, [&answered](const Result<EmbedAnswer>& answer) {
    EXPECT_EQ(answer.status().code(), StatusCode::kUnavailable) << answer.status().message();
    answered = true;
    answered.notify_all();
  });
  ASSERT_TRUE((*client)->Info(20s).ok());  // comes behind it on the same connection
  (*service)->Drain(SystemClock().Now());
  answered.wait(false);
}

}  // namespace
}  // namespace shoal
