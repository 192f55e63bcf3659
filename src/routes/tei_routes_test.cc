#include "routes/tei_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::ElementsAre;

const Limits kLimits = {.max_texts = 3, .max_text_bytes = 10};
const ModelInfo kModel = {.name = "m", .dim = 4};

std::variant<TeiEmbed, Fault> Read(std::string_view body, bool auto_truncate = true) {
  return ReadTeiEmbed(body, kLimits, kModel, auto_truncate);
}

TeiEmbed Wanted(std::string_view body, bool auto_truncate = true) {
  auto read = Read(body, auto_truncate);
  if (const auto* const fault = std::get_if<Fault>(&read)) {
    ADD_FAILURE() << body << ": " << fault->refusal.message;
    return {};
  }
  return std::get<TeiEmbed>(std::move(read));
}

Refusal Refused(std::string_view body) {
  auto read = Read(body);
  return std::holds_alternative<Fault>(read) ? std::get<Fault>(read).refusal : Refusal{};
}

std::variant<EmbedRequest, Fault> Similarity(std::string_view body) {
  return ReadTeiSimilarity(body, kLimits, true);
}

TEST(ReadTeiEmbed, TakesATextOrAList) {
  EXPECT_THAT(Wanted(R"({"inputs":"a"})").request.texts, ElementsAre("a"));
  EXPECT_FALSE(Wanted(R"({"inputs":"a"})").request.texts_are_list);
  EXPECT_THAT(Wanted(R"({"inputs":["a","b"]})").request.texts, ElementsAre("a", "b"));
  EXPECT_TRUE(Wanted(R"({"inputs":["a"]})").request.texts_are_list);
  EXPECT_EQ(Wanted(R"({"inputs":"a"})").request.texts_name, "inputs");
}

TEST(ReadTeiEmbed, AnEmptyTextIsAText) {
  EXPECT_THAT(Wanted(R"({"inputs":""})").request.texts, ElementsAre(""));
  EXPECT_THAT(Wanted(R"({"inputs":["","a"]})").request.texts, ElementsAre("", "a"));
}

TEST(ReadTeiEmbed, TruncateIsTheRequestsElseTheServers) {
  for (const bool server : {false, true}) {
    EXPECT_EQ(Wanted(R"({"inputs":"a"})", server).request.truncate, server);
    EXPECT_EQ(Wanted(R"({"inputs":"a","truncate":null})", server).request.truncate, server);
    EXPECT_TRUE(Wanted(R"({"inputs":"a","truncate":true})", server).request.truncate);
    EXPECT_FALSE(Wanted(R"({"inputs":"a","truncate":false})", server).request.truncate);
  }
}

TEST(ReadTeiEmbed, ATextIsCutOnTheSideThatIsNamed) {
  EXPECT_FALSE(Wanted(R"({"inputs":"a"})").request.truncate_left);
  for (const char* side : {"Left", "left", "LEFT"}) {
    const std::string body = R"({"inputs":"a","truncation_direction":")" + std::string(side);
    EXPECT_TRUE(Wanted(body + "\"}").request.truncate_left) << side;
  }
  EXPECT_FALSE(Wanted(R"({"inputs":"a","truncation_direction":"Right"})").request.truncate_left);
  EXPECT_EQ(Refused(R"({"inputs":"a","truncation_direction":"up"})").message,
            "truncation_direction is \"up\"; Right and Left are accepted");
}

TEST(ReadTeiEmbed, TakesTheOtherFieldsAndPassesOverUnknownOnes) {
  const TeiEmbed wanted =
      Wanted(R"({"normalize":false,"prompt_name":"query","dimensions":4,"inputs":"a","x":[{}]})");
  EXPECT_FALSE(wanted.normalize);
  EXPECT_EQ(wanted.request.prompt_name, "query");
  EXPECT_TRUE(Wanted(R"({"inputs":"a","normalize":null,"dimensions":null})").normalize);
}

TEST(ReadTeiEmbed, RefusalsNameTheInput) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({})", "the body has no inputs; a string or an array of strings is accepted"},
      {R"({"inputs":[]})", "inputs is empty; 1 to 3 are accepted"},
      {R"({"inputs":["a","b","c","d"]})", "inputs has more than 3 entries; 1 to 3 are accepted"},
      {R"({"inputs":["a","12345678901"]})", "inputs[1] has 11 bytes; up to 10 are accepted"},
      {R"({"inputs":"12345678901"})", "inputs has 11 bytes; up to 10 are accepted"},
      {R"({"inputs":["a",3]})", "inputs[1] is a number, expected a string"},
      {R"({"inputs":null})", "inputs is null, expected a string or an array of strings"},
      {R"({"inputs":"a","normalize":"yes"})", "normalize is a string, expected a boolean"},
      {R"({"inputs":"a","dimensions":2})",
       "dimensions is 2; the vectors of 'm' have 4 and cannot be shortened"}};
  for (const auto& [body, message] : cases) EXPECT_EQ(Refused(body).message, message) << body;
  EXPECT_EQ(Refused(R"({"inputs":[1,2]})").message, "inputs holds token ids; strings are accepted");
}

TEST(ReadTeiSimilarity, TheSourceIsTheLastText) {
  const auto request = std::get<EmbedRequest>(Similarity(
      R"({"inputs":{"source_sentence":"s","sentences":["a","b"]},
          "parameters":{"truncate":false,"truncation_direction":"left","prompt_name":"q"}})"));
  EXPECT_THAT(request.texts, ElementsAre("a", "b", "s"));
  EXPECT_EQ(request.texts_name, "inputs.sentences");
  EXPECT_FALSE(request.truncate);
  EXPECT_TRUE(request.truncate_left);
  EXPECT_EQ(request.prompt_name, "q");
}

TEST(ReadTeiSimilarity, ParametersMayBeMissing) {
  for (const char* rest : {"}", R"(,"parameters":null})", R"(,"parameters":{}})"}) {
    const auto read =
        Similarity(R"({"inputs":{"sentences":["a"],"source_sentence":"s"})" + std::string(rest));
    ASSERT_TRUE(std::holds_alternative<EmbedRequest>(read)) << rest;
    EXPECT_TRUE(std::get<EmbedRequest>(read).truncate);
  }
}

TEST(ReadTeiSimilarity, RefusalsNameTheSentence) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"inputs":{"sentences":["a"]}})",
       "the body has no inputs.source_sentence; a string is accepted"},
      {R"({"inputs":{"source_sentence":"s"}})",
       "the body has no inputs.sentences; an array of strings is accepted"},
      {R"({"inputs":{"source_sentence":"s","sentences":[]}})",
       "inputs.sentences is empty; 1 to 2 are accepted"},
      {R"({"inputs":{"source_sentence":"s","sentences":["a","b","c"]}})",
       "inputs.sentences has more than 2 entries; 1 to 2 are accepted"},
      {R"({"inputs":{"source_sentence":"s","sentences":"a"}})",
       "inputs.sentences is a string, expected an array of strings"},
      {R"({"inputs":{"source_sentence":"12345678901","sentences":["a"]}})",
       "inputs.source_sentence has 11 bytes; up to 10 are accepted"},
      {R"({"inputs":"a"})", "inputs is a string, expected an object"},
      {R"({"inputs":{"source_sentence":"s","sentences":["a"]},"parameters":{"truncate":1}})",
       "parameters.truncate is a number, expected a boolean"}};
  for (const auto& [body, message] : cases) {
    const auto read = Similarity(body);
    ASSERT_TRUE(std::holds_alternative<Fault>(read)) << body;
    EXPECT_EQ(std::get<Fault>(read).refusal.message, message) << body;
  }
}

TEST(TeiHeaders, SayWholeMillisecondsAndSums) {
  const EmbedReply reply = {.token_counts = {3, 4}};
  const EmbedTiming timing = {.queue_us = 1999, .compute_us = 2000, .total_us = 5600};
  std::string text;
  for (const auto& [name, value] : TeiHeaders(reply, timing, 9)) text += name + "=" + value + " ";
  EXPECT_EQ(text,
            "x-compute-type=cpu x-compute-time=5 x-compute-characters=9 x-compute-tokens=7 "
            "x-total-time=5 x-queue-time=1 x-inference-time=2 ");
}

}  // namespace
}  // namespace shoal
