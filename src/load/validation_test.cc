#include "load/validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace shoal {
namespace {

using testing::HasSubstr;

std::string BytesOf(const std::vector<float>& vector) {
  return {reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float)};
}

TEST(Validation, ReadsTextsWithTheirVectors) {
  const auto known = ParseKnownVectors(
      "{\"text\":\"a\",\"vector\":[1,0],\"x\":1}\n\n{\"text\":\"b\",\"embedding\":[0.5,0.5]}\n",
      "f", {});
  ASSERT_TRUE(known.ok()) << known.status().message();
  ASSERT_EQ(known->size(), 2u);
  EXPECT_EQ((*known)[1].text, "b");
  EXPECT_EQ((*known)[1].line, 3u);
  EXPECT_THAT((*known)[1].vector, testing::ElementsAre(0.5f, 0.5f));
}

TEST(Validation, TakesTheTextsOfTheInputForLinesThatEmbedWrote) {
  const std::string lines = "{\"embedding\":[1,0]}\n{\"embedding\":[0,1]}\n";
  const auto known = ParseKnownVectors(lines, "f", {"a", "b"});
  ASSERT_TRUE(known.ok());
  EXPECT_EQ((*known)[1].text, "b");
  EXPECT_EQ(ParseKnownVectors(lines, "f", {"a"}).status().message(),
            "f:2: found no \"text\", and --input has no text at this place");
}

TEST(Validation, NamesTheLineThatIsNone) {
  const auto message = [](std::string_view content) {
    return ParseKnownVectors(content, "f", {"a"}).status().message();
  };
  EXPECT_THAT(message("{\"vector\":[1]}\n{\"text\":1}"), HasSubstr("f:2: text is a number"));
  EXPECT_THAT(message("{\"text\":\"a\"}"), HasSubstr("f:1: found no vector"));
  EXPECT_THAT(message("{\"text\":\"a\",\"vector\":[0,0]}"), HasSubstr("f:1: found no vector, or"));
  EXPECT_THAT(message("\n"), HasSubstr("f: found no vector in it"));
}

TEST(Validation, ChecksSizeDirectionAndLength) {
  const KnownVector known{.text = "a", .vector = {0.6f, 0.8f}, .line = 12};
  EXPECT_EQ(WhatIsWrong(known, BytesOf({0.6f, 0.8f})), std::nullopt);
  EXPECT_EQ(WhatIsWrong(known, BytesOf({0.601f, 0.799f})), std::nullopt);
  EXPECT_EQ(WhatIsWrong(known, BytesOf({0.8f, 0.6f})),
            "line 12: cosine 0.9600, at least 0.999 is right");
  EXPECT_EQ(WhatIsWrong(known, BytesOf({1.2f, 1.6f})), "line 12: norm 2, 1 is right");
  EXPECT_EQ(WhatIsWrong(known, BytesOf({0.6f})), "line 12: 1 floats, 2 are right");
  EXPECT_THAT(*WhatIsWrong(known, BytesOf({0, 0})), HasSubstr("cosine"));
}

EmbedReply ReplyOf(const std::vector<float>& vectors, int dim) {
  EmbedReply reply;
  reply.dim = dim;
  reply.vectors = BytesOf(vectors);
  return reply;
}

TEST(Validation, AnAnswerHasFiniteFloatsOfItsSizeForEachText) {
  EXPECT_FALSE(Misfits(ReplyOf({0.6f, 0.8f, 1, 0}, 2), 2, 2));
  EXPECT_TRUE(Misfits(ReplyOf({0.6f, 0.8f}, 2), 2, 2));
  EXPECT_TRUE(Misfits(ReplyOf({0.6f, 0.8f}, 1), 1, 2));
  EXPECT_TRUE(Misfits(ReplyOf({NAN, 0.8f}, 2), 1, 2));
}

TEST(Validation, OfSeveralTextsTheFirstWrongOneIsNamed) {
  const KnownVector right{.text = "a", .vector = {1, 0}, .line = 1};
  const KnownVector wrong{.text = "b", .vector = {0, 1}, .line = 2};
  const EmbedReply reply = ReplyOf({1, 0, 1, 0}, 2);
  EXPECT_EQ(FirstWrong(reply, {&right, &right}), std::nullopt);
  EXPECT_THAT(*FirstWrong(reply, {&right, &wrong}), HasSubstr("line 2: cosine 0.0000"));
}

}  // namespace
}  // namespace shoal
