#include "routes/tei_tokenize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::ElementsAre;

const Limits kLimits = {.max_texts = 2, .max_text_bytes = 10};

std::variant<TokenizeRequest, Fault> Read(std::string_view body) {
  return ReadTeiTokenize(body, kLimits);
}

TokenizeReply HelloReply() {
  return {.texts = {{.text = "hé a",
                     .tokens = {{.id = 5, .begin = 0, .end = 3}, {.id = 6, .begin = 4, .end = 5}}},
                    {.text = "", .tokens = {}}}};
}

std::string Written(TokenizeReply reply, std::size_t part) {
  TokensBody body(std::move(reply));
  std::string all;
  while (!body.is_done()) {
    std::string some;
    body.Write(some, part);
    all += some;
  }
  return all;
}

TEST(ReadTeiTokenize, TakesTextsAndWhetherSpecialTokensAreWanted) {
  const auto request = std::get<TokenizeRequest>(
      Read(R"({"inputs":["a",""],"add_special_tokens":false,"prompt_name":"q","x":1})"));
  EXPECT_THAT(request.texts, ElementsAre("a", ""));
  EXPECT_FALSE(request.special_tokens);
  EXPECT_EQ(request.prompt_name, "q");
  EXPECT_EQ(request.texts_name, "inputs");
  EXPECT_TRUE(std::get<TokenizeRequest>(Read(R"({"inputs":"a"})")).special_tokens);
  EXPECT_FALSE(std::get<TokenizeRequest>(Read(R"({"inputs":"a"})")).texts_are_list);
}

TEST(ReadTeiTokenize, RefusalsNameTheInput) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({})", "the body has no inputs; a string or an array of strings is accepted"},
      {R"({"inputs":[]})", "inputs is empty; 1 to 2 are accepted"},
      {R"({"inputs":["a","12345678901"]})", "inputs[1] has 11 bytes; up to 10 are accepted"},
      {R"({"inputs":"a","add_special_tokens":1})",
       "add_special_tokens is a number, expected a boolean"}};
  for (const auto& [body, message] : cases) {
    const auto read = Read(body);
    ASSERT_TRUE(std::holds_alternative<Fault>(read)) << body;
    EXPECT_EQ(std::get<Fault>(read).refusal.message, message);
  }
}

TEST(TokensBody, SaysIdsTextsAndPlacesInBytes) {
  EXPECT_EQ(Written(HelloReply(), SIZE_MAX),
            R"([[{"id":5,"text":"hé","special":false,"start":0,"stop":3},)"
            R"({"id":6,"text":"a","special":false,"start":4,"stop":5}],[]])");
}

TEST(TokensBody, SpecialTokensStandAroundEachTextAtNoPlace) {
  TokenizeReply reply = HelloReply();
  reply.texts[0].tokens.resize(1);
  reply.first = {.id = 101, .text = "[CLS]"};
  reply.last = {.id = 102, .text = "[SEP]"};
  const std::string first = R"({"id":101,"text":"[CLS]","special":true,"start":null,"stop":null})";
  const std::string last = R"({"id":102,"text":"[SEP]","special":true,"start":null,"stop":null})";
  const std::string token = R"({"id":5,"text":"hé","special":false,"start":0,"stop":3})";
  EXPECT_EQ(Written(std::move(reply), SIZE_MAX),
            "[[" + first + "," + token + "," + last + "],[" + first + "," + last + "]]");
}

TEST(TokensBody, PartsMakeTheWhole) {
  TokenizeReply reply = HelloReply();
  reply.last = {.id = 102, .text = "[SEP]"};
  const std::string whole = Written(reply, SIZE_MAX);
  EXPECT_EQ(Written(reply, 1), whole);
  EXPECT_EQ(Written(reply, 100), whole);
  EXPECT_GE(TokensBody(reply).size_hint(), whole.size());
}

TEST(TokensBody, BytesThatAreHalfACharacterAreReplaced) {
  TokenizeReply reply = HelloReply();
  reply.texts.resize(1);
  reply.texts[0].tokens = {{.id = 5, .begin = 0, .end = 2}};
  EXPECT_EQ(Written(std::move(reply), SIZE_MAX),
            "[[{\"id\":5,\"text\":\"h\xEF\xBF\xBD\",\"special\":false,\"start\":0,\"stop\":2}]]");
}

}  // namespace
}  // namespace shoal
