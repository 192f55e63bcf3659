#include "rpc/reply_wire.h"

#include <gtest/gtest.h>

#include <cstring>

#include "proto/public.pb.h"

namespace shoal {
namespace {

EmbedReply Reply(std::size_t texts, int dim) {
  EmbedReply reply = {.dim = dim, .truncated = 1};
  for (std::size_t i = 0; i < texts * static_cast<std::size_t>(dim); ++i) {
    const float value = static_cast<float>(i) * 0.5f;
    reply.vectors.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  reply.token_counts.assign(texts, 300);
  return reply;
}

CallWork Work() {
  return {.timing = {.queue_us = 10, .compute_us = 2000, .total_us = 3'000'000'000},
          .attempts = 2,
          .workers = {std::make_shared<const WorkerName>(WorkerName{.id = "w-1"}),
                      std::make_shared<const WorkerName>(WorkerName{.id = "w-2"})}};
}

// What is behind the header, which says how much that is.
std::string_view MessageOf(const WireBytes& bytes) {
  const std::string_view message = bytes.view().substr(kMessageHeader);
  char header[kMessageHeader];
  WriteMessageHeader(message.size(), header);
  EXPECT_EQ(bytes.view().substr(0, kMessageHeader), std::string_view(header, kMessageHeader));
  return message;
}

TEST(ReplyWire, TheGeneratedParserReadsItBack) {
  const WireBytes bytes =
      WriteReply(Reply(3, 40), Work(), "req", {.model = "mini", .precision = "fp32"});
  text_embedding::EmbedResponse read;
  ASSERT_TRUE(read.ParseFromString(std::string(MessageOf(bytes))));
  EXPECT_EQ(read.code(), text_embedding::OK);
  ASSERT_EQ(read.ids_size(), 3);
  EXPECT_EQ(read.ids(2), "req-2");
  ASSERT_EQ(read.embeddings_size(), 3);
  ASSERT_EQ(read.embeddings(2).vector_size(), 40);
  EXPECT_EQ(read.embeddings(2).vector(39), 119 * 0.5f);
  EXPECT_EQ(read.model(), "mini");
  EXPECT_EQ(read.precision(), "fp32");
  EXPECT_EQ(read.token_counts(2), 300u);
  EXPECT_EQ(read.truncated(), 1u);
  EXPECT_EQ(read.total_us(), 3'000'000'000);
  EXPECT_EQ(read.worker_ids(1), "w-2");
  EXPECT_EQ(read.attempts(), 2u);
  EXPECT_TRUE(read.GetReflection()->GetUnknownFields(read).empty());
}

TEST(ReplyWire, AStreamReplyCarriesItsIndex) {
  const WireBytes bytes = WriteStreamReply(700, Reply(1, 8), Work(), "r", {.model = "m"});
  text_embedding::StreamResponse read;
  ASSERT_TRUE(read.ParseFromString(std::string(MessageOf(bytes))));
  EXPECT_EQ(read.index(), 700u);
  EXPECT_EQ(read.response().embeddings(0).vector(7), 3.5f);
}

TEST(ReplyWire, TheBoundHoldsAndTheLargestRequestFitsStockClients) {
  const std::string id(128, 'i');
  const std::size_t bound = ReplyBound(2048, 384, id);
  EXPECT_LE(WriteReply(Reply(2048, 384), Work(), id, {.model = "m"}).size, bound);
  EXPECT_LE(bound, std::size_t{4} << 20);
}

}  // namespace
}  // namespace shoal
