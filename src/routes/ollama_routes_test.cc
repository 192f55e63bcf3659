#include "routes/ollama_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Limits kLimits = {.max_texts = 2, .max_text_bytes = 10};
const ModelInfo kModel = {.name = "m", .dim = 4};

std::variant<EmbedRequest, Fault> Read(std::string_view body) {
  return ReadOllamaEmbed(body, kLimits, kModel);
}

EmbedRequest Wanted(std::string_view body) {
  auto read = Read(body);
  if (const auto* const fault = std::get_if<Fault>(&read)) {
    ADD_FAILURE() << body << ": " << fault->refusal.message;
    return {};
  }
  return std::get<EmbedRequest>(std::move(read));
}

TEST(ReadOllamaEmbed, TakesATextOrAList) {
  EXPECT_THAT(Wanted(R"({"model":"m","input":"a"})").texts, ElementsAre("a"));
  EXPECT_THAT(Wanted(R"({"model":"m","input":["a",""]})").texts, ElementsAre("a", ""));
  EXPECT_FALSE(Wanted(R"({"input":"a"})").texts_are_list);
  EXPECT_EQ(Wanted(R"({"model":"m","input":"a"})").model, "m");
}

TEST(ReadOllamaEmbed, NoInputIsARequestForNoVector) {
  for (const char* body : {R"({})", R"({"input":""})", R"({"input":[]})", R"({"input":null})"}) {
    EXPECT_THAT(Wanted(body).texts, IsEmpty()) << body;
  }
  EXPECT_EQ(Wanted(R"({"input":[],"model":"m"})").model, "m") << "what follows is still read";
}

TEST(ReadOllamaEmbed, TruncatesUnlessTold) {
  EXPECT_TRUE(Wanted(R"({"input":"a"})").truncate);
  EXPECT_TRUE(Wanted(R"({"input":"a","truncate":null})").truncate);
  EXPECT_FALSE(Wanted(R"({"input":"a","truncate":false})").truncate);
}

TEST(ReadOllamaEmbed, PassesOverWhatSteersOtherModels) {
  EXPECT_THAT(
      Wanted(R"({"input":"a","options":{"num_ctx":5},"keep_alive":"5m","dimensions":0})").texts,
      ElementsAre("a"));
}

TEST(ReadOllamaEmbed, RefusalsNameTheInput) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"input":["a","b","c"]})", "input has more than 2 entries; 1 to 2 are accepted"},
      {R"({"input":["a","12345678901"]})", "input[1] has 11 bytes; up to 10 are accepted"},
      {R"({"input":["a",1]})", "input[1] is a number, expected a string"},
      {R"({"input":5})", "input is a number, expected a string or an array of strings"},
      {R"({"input":"a","dimensions":2})",
       "dimensions is 2; the vectors of 'm' have 4 and cannot be shortened"}};
  for (const auto& [body, message] : cases) {
    const auto read = Read(body);
    ASSERT_TRUE(std::holds_alternative<Fault>(read)) << body;
    EXPECT_EQ(std::get<Fault>(read).refusal.message, message);
  }
}

TEST(ReadOllamaEmbeddings, TakesOnePrompt) {
  const auto read = [](std::string_view body) { return ReadOllamaEmbeddings(body, kLimits); };
  EXPECT_THAT(std::get<EmbedRequest>(read(R"({"model":"m","prompt":"a"})")).texts,
              ElementsAre("a"));
  for (const char* body : {R"({})", R"({"prompt":""})", R"({"prompt":null})"}) {
    EXPECT_THAT(std::get<EmbedRequest>(read(body)).texts, IsEmpty()) << body;
  }
  EXPECT_EQ(std::get<Fault>(read(R"({"prompt":["a"]})")).refusal.message,
            "prompt is an array, expected a string");
  EXPECT_EQ(std::get<Fault>(read(R"({"prompt":"12345678901"})")).refusal.message,
            "prompt has 11 bytes; up to 10 are accepted");
}

TEST(CheckOllamaModel, ANameMeansItsLatest) {
  const ModelNames names("all-MiniLM-L6-v2", {"mine"});
  for (const char* name : {"", "all-MiniLM-L6-v2", "all-MiniLM-L6-v2:latest", "mine:latest", "mine",
                           "all-minilm", "all-minilm:latest", "all-minilm:22m"}) {
    EXPECT_EQ(CheckOllamaModel(name, names), std::nullopt) << name;
  }
}

TEST(CheckOllamaModel, SaysWhatThereIs) {
  const auto refusal = CheckOllamaModel("llama3:8b", ModelNames("m", {"mine"}));
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->verdict, Verdict::kModelNotFound);
  EXPECT_EQ(refusal->message,
            "model 'llama3:8b' not found; served here: 'm', 'mine'. The server's --model-alias "
            "gives it more names");
}

}  // namespace
}  // namespace shoal
