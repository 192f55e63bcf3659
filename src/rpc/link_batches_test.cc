#include "rpc/link_batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "proto/shoal/worker.pb.h"
#include "rpc/link_conversion.h"

namespace shoal {
namespace {

using testing::HasSubstr;

constexpr LinkShape kShape = {.dim = 1, .lanes = 2};
constexpr std::int64_t kLongAgo = std::numeric_limits<std::int64_t>::min();

template <typename Message>
std::string Written(const Message& message) {
  std::string bytes;
  Write(message, [&bytes](std::size_t size) {
    bytes.resize(size);
    return bytes.data();
  });
  return bytes;
}

Batch SomeBatch() {
  return {.id = 1ull << 63,
          .lane = 300,
          .items = {{.id = 11, .attempt = 2, .remaining_us = -7, .length = 1},
                    {.id = 0, .attempt = 0, .remaining_us = kLongAgo, .length = 2}},
          .token_ids = {101, -2, 30521}};
}

Batch TracedBatch() {
  Batch batch = SomeBatch();
  batch.trace = {
      .trace_id = {0x0A, 0xF7, 0, 0, 1}, .span_id = 0xB7AD6B7169203331, .is_sampled = true};
  return batch;
}

// As the generated code has it.
wire::CoordinatorMessage InProtobuf(const Batch& batch) {
  wire::CoordinatorMessage message;
  wire::Batch& out = *message.mutable_batch();
  out.set_id(batch.id);
  out.set_lane(batch.lane);
  for (const BatchItem& item : batch.items) {
    wire::BatchItem& to = *out.add_items();
    to.set_id(item.id);
    to.set_attempt(item.attempt);
    to.set_remaining_us(item.remaining_us);
    to.set_length(item.length);
  }
  out.set_token_ids(batch.token_ids.data(), batch.token_ids.size() * sizeof(std::int32_t));
  const TraceContext& trace = batch.trace;
  if (trace.exists()) out.set_trace_id(trace.trace_id.data(), trace.trace_id.size());
  out.set_span_id(trace.span_id);
  out.set_sampled(trace.is_sampled);
  return message;
}

BatchResult SomeResult() {
  return {.id = 9,
          .lane = 1,
          .statuses = {ItemStatus::kDone, ItemStatus::kFailed, ItemStatus::kNotRun},
          .vectors = "abcd",
          .held_us = -1,
          .execution_us = 400,
          .grant = {.granted = {3, 1ull << 40}}};
}

wire::WorkerMessage InProtobuf(const BatchResult& result) {
  wire::WorkerMessage message;
  wire::BatchResult& out = *message.mutable_result();
  out.set_id(result.id);
  out.set_lane(result.lane);
  for (const ItemStatus status : result.statuses) {
    out.add_statuses(static_cast<wire::ItemStatus>(static_cast<int>(status) + 1));
  }
  out.set_vectors(result.vectors);
  out.set_held_us(result.held_us);
  out.set_execution_us(result.execution_us);
  const auto& granted = result.grant.granted;
  out.mutable_grant()->mutable_granted()->Add(granted.begin(), granted.end());
  return message;
}

void ExpectSomeBatch(const Batch& batch) {
  EXPECT_EQ(InProtobuf(batch).SerializeAsString(), InProtobuf(SomeBatch()).SerializeAsString());
}
void ExpectSomeResult(const BatchResult& result) {
  EXPECT_EQ(InProtobuf(result).SerializeAsString(), InProtobuf(SomeResult()).SerializeAsString());
}

Batch ReadByAnyone(const std::string& bytes) {
  const auto read = ReadCoordinatorMessage(bytes);
  EXPECT_TRUE(read.ok()) << read.status().ToString();
  return read.ok() ? std::get<Batch>(*read) : Batch{};
}
BatchResult ReadAfterHello(const std::string& bytes) {
  wire::WorkerMessage hello;
  hello.mutable_hello()->set_version(kLinkVersion);
  hello.mutable_hello()->set_precision("fp32");
  hello.mutable_hello()->set_worker_id("w");
  hello.mutable_hello()->set_dim(kShape.dim);
  hello.mutable_hello()->set_lanes(kShape.lanes);
  hello.mutable_hello()->set_max_batch_items(1);
  hello.mutable_hello()->set_max_batch_tokens(1);
  WorkerMessageReader reader;
  EXPECT_TRUE(reader.Read(hello.SerializeAsString()).ok());
  const auto read = reader.Read(bytes);
  EXPECT_TRUE(read.ok()) << read.status().ToString();
  return read.ok() ? std::get<BatchResult>(*read) : BatchResult{};
}

TEST(LinkBatches, WriteWhatProtobufWrites) {
  EXPECT_EQ(Written(SomeBatch()), InProtobuf(SomeBatch()).SerializeAsString());
  EXPECT_EQ(Written(Batch{}), InProtobuf(Batch{}).SerializeAsString());
  EXPECT_EQ(Written(SomeResult()), InProtobuf(SomeResult()).SerializeAsString());
  EXPECT_EQ(Written(BatchResult{}), InProtobuf(BatchResult{}).SerializeAsString());
}

TEST(LinkBatches, ATraceIsWrittenAndReadAsProtobufDoes) {
  const Batch traced = TracedBatch();
  const std::string bytes = InProtobuf(traced).SerializeAsString();
  EXPECT_EQ(Written(traced), bytes);
  const auto read = ReadBatch(bytes);
  ASSERT_TRUE(read && read->ok());
  EXPECT_EQ(InProtobuf(**read).SerializeAsString(), bytes);
  EXPECT_TRUE((*read)->trace.is_sampled);
  EXPECT_FALSE((*ReadBatch(Written(SomeBatch())))->trace.exists());
}

TEST(LinkBatches, ATraceIdHasSixteenBytesThatAreNotAllZero) {
  for (const std::string& id :
       {std::string(15, 'x'), std::string(17, 'x'), std::string(16, '\0')}) {
    wire::CoordinatorMessage message = InProtobuf(SomeBatch());
    message.mutable_batch()->set_trace_id(id);
    const auto read = ReadBatch(message.SerializeAsString());
    ASSERT_TRUE(read);
    EXPECT_THAT(read->status().message(), HasSubstr("16 bytes are accepted, not all zero"));
  }
}

TEST(LinkBatches, AGrantIsWrittenAndReadAsProtobufDoes) {
  wire::WorkerMessage message;
  EXPECT_EQ(Written(Grant{}), (message.mutable_grant(), message.SerializeAsString()));
  message.mutable_grant()->add_granted(0);
  message.mutable_grant()->add_granted(1ull << 63);
  const Grant grant{.granted = {0, 1ull << 63}};
  EXPECT_EQ(Written(grant), message.SerializeAsString());
  const auto read = ReadGrant(Written(grant), kShape);
  ASSERT_TRUE(read && read->ok());
  EXPECT_EQ((*read)->granted, grant.granted);
  EXPECT_FALSE(ReadGrant(Written(grant), {.dim = 1, .lanes = 3})->ok());
}

TEST(LinkBatches, PackIdsAsLittleEndianBytes) {
  EXPECT_THAT(Written(SomeBatch()), HasSubstr(std::string("\x65\0\0\0\xfe\xff\xff\xff", 8)));
}

TEST(LinkBatches, ReadWhatProtobufWrites) {
  const auto batch = ReadBatch(InProtobuf(SomeBatch()).SerializeAsString());
  ASSERT_TRUE(batch && batch->ok());
  ExpectSomeBatch(**batch);
  const auto result = ReadBatchResult(InProtobuf(SomeResult()).SerializeAsString(), kShape);
  ASSERT_TRUE(result && result->ok());
  ExpectSomeResult(**result);
}

TEST(LinkBatches, WriteNothingWhereThereIsNoRoom) {
  Write(SomeBatch(), [](std::size_t) { return nullptr; });
  Write(SomeResult(), [](std::size_t) { return nullptr; });
}

TEST(LinkBatches, FieldsThatAreUnknownAreSkipped) {
  wire::CoordinatorMessage batch = InProtobuf(SomeBatch());
  wire::Batch& in = *batch.mutable_batch();
  in.GetReflection()->MutableUnknownFields(&in)->AddVarint(77, 5);
  wire::BatchItem& item = *in.mutable_items(1);
  item.GetReflection()->MutableUnknownFields(&item)->AddGroup(9)->AddFixed32(2, 1);
  batch.GetReflection()->MutableUnknownFields(&batch)->AddLengthDelimited(99, "new");
  ExpectSomeBatch(ReadByAnyone(batch.SerializeAsString()));
  EXPECT_FALSE(ReadBatch(batch.SerializeAsString()));
  wire::WorkerMessage result = InProtobuf(SomeResult());
  wire::Grant& grant = *result.mutable_result()->mutable_grant();
  grant.GetReflection()->MutableUnknownFields(&grant)->AddFixed64(2, 1);
  ExpectSomeResult(ReadAfterHello(result.SerializeAsString()));
}

TEST(LinkBatches, OfAFieldThatComesTwiceTheLastCounts) {
  wire::CoordinatorMessage batch;
  batch.mutable_batch()->set_id(7);
  batch.mutable_batch()->set_lane(8);
  batch.mutable_batch()->set_token_ids("0123456789");
  // Of two messages behind each other protobuf makes one.
  ExpectSomeBatch(ReadByAnyone(batch.SerializeAsString() + Written(SomeBatch())));
  // Within one message.
  wire::CoordinatorMessage whole = InProtobuf(SomeBatch());
  const std::string fields = batch.batch().SerializeAsString() + whole.batch().SerializeAsString();
  std::string bytes = {'\x1a', static_cast<char>(fields.size())};
  ASSERT_LT(fields.size(), 128u);
  ExpectSomeBatch(ReadByAnyone(bytes + fields));
  EXPECT_TRUE(ReadBatch(bytes + fields));
}

TEST(LinkBatches, FieldsComeInAnyOrder) {
  wire::CoordinatorMessage first;
  first.mutable_batch()->set_token_ids(InProtobuf(SomeBatch()).batch().token_ids());
  wire::CoordinatorMessage second = InProtobuf(SomeBatch());
  second.mutable_batch()->clear_token_ids();
  const std::string fields = first.batch().SerializeAsString() + second.batch().SerializeAsString();
  const std::string head = {'\x1a', static_cast<char>(fields.size())};
  const auto batch = ReadBatch(head + fields);
  ASSERT_TRUE(batch && batch->ok());
  ExpectSomeBatch(**batch);
}

TEST(LinkBatches, StatusesMayComeOneByOneAndCreditInPieces) {
  const std::string unpacked = {'\x18', 1, '\x18', 2, '\x18', 3};
  wire::WorkerMessage rest = InProtobuf(SomeResult());
  rest.mutable_result()->clear_statuses();
  rest.mutable_result()->mutable_grant()->clear_granted();
  const std::string grants = {'\x3a', 2,      '\x08', 3,      '\x3a', 8,      '\x0a',
                              6,      '\x80', '\x80', '\x80', '\x80', '\x80', '\x20'};
  const std::string fields = unpacked + rest.result().SerializeAsString() + grants;
  ASSERT_LT(fields.size(), 128u);
  const std::string head = {'\x1a', static_cast<char>(fields.size())};
  ExpectSomeResult(ReadAfterHello(head + fields));
}

TEST(LinkBatches, OtherMessagesAreLeftToProtobuf) {
  EXPECT_FALSE(ReadBatch(""));
  EXPECT_FALSE(ReadBatch("\x2a"));
  EXPECT_FALSE(ReadBatch(Written(SomeBatch()) + "\x2a"));
  EXPECT_FALSE(ReadBatch(Written(SomeBatch()).substr(0, 20)));
  EXPECT_FALSE(ReadBatchResult(Written(SomeResult()) + "\x2a", kShape));
}

TEST(LinkBatches, MoreCreditThanLanesIsCountedAndRefused) {
  BatchResult result = SomeResult();
  result.grant.granted = {1, 2, 3, 4, 5};
  const auto read = ReadBatchResult(Written(result), kShape);
  ASSERT_TRUE(read);
  EXPECT_THAT(read->status().message(), HasSubstr("a grant for 5 lanes from a worker with 2"));
}

}  // namespace
}  // namespace shoal
