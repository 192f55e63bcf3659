#include "rpc/link_conversion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "proto/shoal/worker.pb.h"

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Hello SomeHello() {
  return {.worker_id = "w1",
          .incarnation = 0xfedcba9876543210u,
          .started_unix_us = 1234567,
          .model_digest = "abc",
          .precision = Precision::kInt8,
          .dim = 2,
          .lanes = 2,
          .max_batch_items = 16,
          .max_batch_tokens = 128,
          .kernel_table = "avx2",
          .pid = 77,
          .metrics_address = "127.0.0.1:9464",
          .alpha_us = 20.5,
          .per_token_us = 1.25};
}

MakeRoom RoomIn(std::string& bytes) {
  return [&bytes](std::size_t size) {
    bytes.resize(size);
    return bytes.data();
  };
}

std::string Floats(std::vector<float> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

BatchResult SomeResult() {
  return {.id = 9,
          .lane = 1,
          .statuses = {ItemStatus::kDone, ItemStatus::kFailed, ItemStatus::kNotRun},
          .vectors = Floats({0.5f, -1.0f}),
          .held_us = 500,
          .execution_us = 400,
          .grant = {.granted = {3, 4}}};
}

std::string Bytes(const WorkerMessage& message, const std::string& join_token = "") {
  std::string bytes;
  Write(message, join_token, RoomIn(bytes));
  return bytes;
}
std::string Bytes(const CoordinatorMessage& message) {
  std::string bytes;
  Write(message, RoomIn(bytes));
  return bytes;
}

wire::WorkerMessage Parsed(const std::string& bytes) {
  wire::WorkerMessage message;
  EXPECT_TRUE(message.ParseFromString(bytes));
  return message;
}

WorkerMessageReader Greeted() {
  WorkerMessageReader reader;
  EXPECT_TRUE(reader.Read(Bytes(WorkerMessage(SomeHello()))).ok());
  return reader;
}

// Over the wire and back.
template <typename T>
T ThroughWorker(T message) {
  WorkerMessageReader reader = Greeted();
  Result<WorkerMessage> read = reader.Read(Bytes(WorkerMessage(std::move(message))));
  EXPECT_TRUE(read.ok()) << read.status().ToString();
  return std::get<T>(*read);
}
template <typename T>
T ThroughCoordinator(T message) {
  Result<CoordinatorMessage> read =
      ReadCoordinatorMessage(Bytes(CoordinatorMessage(std::move(message))));
  EXPECT_TRUE(read.ok()) << read.status().ToString();
  return std::get<T>(*read);
}

std::string Refused(WorkerMessageReader reader, const std::string& bytes) {
  Result<WorkerMessage> read = reader.Read(bytes);
  return read.ok() ? "accepted" : read.status().ToString();
}
std::string RefusedHello(const Hello& hello) {
  return Refused(WorkerMessageReader(), Bytes(WorkerMessage(hello)));
}

TEST(LinkConversion, CarriesHello) {
  WorkerMessageReader reader;
  const Hello read = std::get<Hello>(*reader.Read(Bytes(WorkerMessage(SomeHello()))));
  EXPECT_EQ(read.worker_id, "w1");
  EXPECT_EQ(read.incarnation, 0xfedcba9876543210u);
  EXPECT_EQ(read.started_unix_us, 1234567);
  EXPECT_EQ(read.version, kLinkVersion);
  EXPECT_EQ(read.model_digest, "abc");
  EXPECT_EQ(read.precision, Precision::kInt8);
  EXPECT_EQ(read.dim, 2u);
  EXPECT_EQ(read.lanes, 2u);
  EXPECT_EQ(read.max_batch_items, 16u);
  EXPECT_EQ(read.max_batch_tokens, 128u);
  EXPECT_EQ(read.kernel_table, "avx2");
  EXPECT_EQ(read.pid, 77u);
  EXPECT_EQ(read.metrics_address, "127.0.0.1:9464");
  EXPECT_EQ(read.alpha_us, 20.5);
  EXPECT_EQ(read.per_token_us, 1.25);
}

TEST(LinkConversion, CarriesWhatAWorkerSays) {
  const BatchResult result = ThroughWorker(SomeResult());
  EXPECT_EQ(result.id, 9u);
  EXPECT_EQ(result.lane, 1u);
  EXPECT_EQ(result.statuses, SomeResult().statuses);
  EXPECT_EQ(result.vectors, Floats({0.5f, -1.0f}));
  EXPECT_EQ(result.held_us, 500);
  EXPECT_EQ(result.execution_us, 400);
  EXPECT_THAT(result.grant.granted, ElementsAre(3, 4));
  EXPECT_THAT(ThroughWorker(Grant{.granted = {1, 1ull << 40}}).granted, ElementsAre(1, 1ull << 40));
  ThroughWorker(Goodbye{});
  const WorkerStats stats = ThroughWorker(WorkerStats{.cpu_us = 1,
                                                      .resident_bytes = 2,
                                                      .batches_executed = 3,
                                                      .items_executed = 4,
                                                      .errors = 5,
                                                      .forward_p99_us = 6});
  EXPECT_EQ(stats.cpu_us, 1u);
  EXPECT_EQ(stats.resident_bytes, 2u);
  EXPECT_EQ(stats.batches_executed, 3u);
  EXPECT_EQ(stats.items_executed, 4u);
  EXPECT_EQ(stats.errors, 5u);
  EXPECT_EQ(stats.forward_p99_us, 6u);
}

Batch SomeBatch() {
  return {.id = 5,
          .lane = 1,
          .items = {{.id = 11, .attempt = 2, .remaining_us = -7, .length = 1},
                    {.id = 12, .attempt = 1, .remaining_us = 900, .length = 2}},
          .token_ids = {101, -2, 30521}};
}

TEST(LinkConversion, CarriesABatch) {
  const Batch batch = ThroughCoordinator(SomeBatch());
  EXPECT_EQ(batch.id, 5u);
  EXPECT_EQ(batch.lane, 1u);
  ASSERT_EQ(batch.items.size(), 2u);
  EXPECT_EQ(batch.items[0].id, 11u);
  EXPECT_EQ(batch.items[0].attempt, 2u);
  EXPECT_EQ(batch.items[0].remaining_us, -7);
  EXPECT_EQ(batch.items[1].length, 2u);
  EXPECT_THAT(batch.token_ids, ElementsAre(101, -2, 30521));
}

TEST(LinkConversion, CarriesWhatACoordinatorSays) {
  const Welcome welcome = ThroughCoordinator(Welcome{.coordinator_id = "c",
                                                     .attachment_id = 1,
                                                     .batch_tokens = 128,
                                                     .attention_cost = 599,
                                                     .round_trip_us = 500});
  EXPECT_EQ(welcome.coordinator_id, "c");
  EXPECT_EQ(welcome.attachment_id, 1u);
  EXPECT_EQ(welcome.batch_tokens, 128u);
  EXPECT_EQ(welcome.attention_cost, 599u);
  EXPECT_EQ(welcome.round_trip_us, 500u);
  const Refuse refuse = ThroughCoordinator(Refuse{.why = "id in use", .stay_away_ms = 1000});
  EXPECT_EQ(refuse.why, "id in use");
  EXPECT_EQ(refuse.stay_away_ms, 1000u);
  EXPECT_THAT(ThroughCoordinator(CancelItems{.items = {4, 5}}).items, ElementsAre(4, 5));
  ThroughCoordinator(Goodbye{});
  EXPECT_EQ(ThroughCoordinator(CoordinatorStats{.round_trip_us = 3}).round_trip_us, 3u);
}

TEST(LinkConversion, RefusesABatchWhoseLengthsDoNotAddUp) {
  for (const std::vector<std::int32_t>& ids : {std::vector<std::int32_t>{1, 2}, {1, 2, 3, 4}}) {
    Batch batch = SomeBatch();
    batch.token_ids = ids;
    const auto read = ReadCoordinatorMessage(Bytes(CoordinatorMessage(batch)));
    ASSERT_FALSE(read.ok());
    EXPECT_THAT(read.status().message(),
                HasSubstr("batch 5 has " + std::to_string(4 * ids.size()) + " bytes of ids"));
  }
  wire::CoordinatorMessage torn;
  ASSERT_TRUE(torn.ParseFromString(Bytes(CoordinatorMessage(SomeBatch()))));
  torn.mutable_batch()->mutable_token_ids()->pop_back();
  EXPECT_FALSE(ReadCoordinatorMessage(torn.SerializeAsString()).ok());
}

TEST(LinkConversion, RefusesABatchWithoutItemsOrTokens) {
  EXPECT_FALSE(ReadCoordinatorMessage(Bytes(CoordinatorMessage(Batch{.id = 1}))).ok());
  Batch batch = SomeBatch();
  batch.items[0].length = 0;
  batch.items[1].length = 3;
  const auto read = ReadCoordinatorMessage(Bytes(CoordinatorMessage(batch)));
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.status().message(), HasSubstr("item 11 has no tokens"));
}

TEST(LinkConversion, RefusesMessagesOfNoKnownKind) {
  EXPECT_FALSE(ReadCoordinatorMessage("").ok());
  EXPECT_THAT(Refused(Greeted(), ""), HasSubstr("no known kind"));
}

TEST(LinkConversion, HelloComesFirstAndOnce) {
  EXPECT_THAT(Refused(WorkerMessageReader(), Bytes(WorkerMessage(Goodbye{}))),
              HasSubstr("first message is not Hello"));
  EXPECT_THAT(Refused(Greeted(), Bytes(WorkerMessage(SomeHello()))), HasSubstr("second Hello"));
}

TEST(LinkConversion, TheHelloShowsTheTokenThatIsAskedFor) {
  const WorkerMessageReader asks("open sesame");
  EXPECT_EQ(Refused(asks, Bytes(WorkerMessage(SomeHello()), "open sesame")), "accepted");
  for (const std::string token : {"", "open", "open sesam", "open sesame!"}) {
    EXPECT_THAT(Refused(asks, Bytes(WorkerMessage(SomeHello()), token)),
                HasSubstr("another join token"));
  }
}

TEST(LinkConversion, RefusesBytesThatAreNoMessage) {
  EXPECT_THAT(Refused(Greeted(), "\x1a\x05x"), HasSubstr("no message of a worker"));
  EXPECT_THAT(ReadCoordinatorMessage("\x1a\x05x").status().message(),
              HasSubstr("no message of a coordinator"));
}

TEST(LinkConversion, RefusesAVersionThatIsNotSpoken) {
  Hello hello = SomeHello();
  hello.version = 99;
  EXPECT_THAT(RefusedHello(hello), HasSubstr("FAILED_PRECONDITION: the worker speaks version 99"));
  hello.version = 0;
  EXPECT_THAT(RefusedHello(hello), HasSubstr("version 0"));
}

TEST(LinkConversion, RefusesAHelloThatCannotBe) {
  Hello hello = SomeHello();
  hello.lanes = 0;
  EXPECT_THAT(RefusedHello(hello), HasSubstr("lanes 0"));
  hello.lanes = 4'000'000'000;
  EXPECT_THAT(RefusedHello(hello), HasSubstr("4000000000 lanes, accepted at most 1024"));
  hello = SomeHello();
  hello.per_token_us = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(RefusedHello(hello), HasSubstr("per token"));
  wire::WorkerMessage precise = Parsed(Bytes(WorkerMessage(SomeHello())));
  precise.mutable_hello()->set_precision("fp64");
  EXPECT_THAT(Refused(WorkerMessageReader(), precise.SerializeAsString()), HasSubstr("\"fp64\""));
}

TEST(LinkConversion, RefusesAResultThatDoesNotFitTheWorker) {
  BatchResult result = SomeResult();
  result.vectors = Floats({1, 2, 3, 4});
  EXPECT_THAT(Refused(Greeted(), Bytes(WorkerMessage(result))),
              HasSubstr("result of batch 9 has 16 bytes of vectors; 1 done items of dim 2 are 8"));
  result = SomeResult();
  result.lane = 2;
  EXPECT_THAT(Refused(Greeted(), Bytes(WorkerMessage(result))), HasSubstr("lane 2"));
  result = SomeResult();
  result.grant.granted = {1};
  EXPECT_THAT(Refused(Greeted(), Bytes(WorkerMessage(result))), HasSubstr("a grant for 1 lanes"));
  wire::WorkerMessage odd = Parsed(Bytes(WorkerMessage(SomeResult())));
  odd.mutable_result()->add_statuses(wire::ITEM_STATUS_UNSPECIFIED);
  EXPECT_THAT(Refused(Greeted(), odd.SerializeAsString()), HasSubstr("item status 0"));
}

}  // namespace
}  // namespace shoal
