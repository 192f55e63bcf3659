#include "routes/openai_routes.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

const ModelInfo kModel = {.name = "m", .dim = 384, .max_tokens = 256};

std::variant<OpenAiEmbeddings, Fault> Read(std::string_view body) {
  return ReadOpenAiEmbeddings(body, Limits(), kModel);
}

OpenAiEmbeddings Taken(std::string_view body) {
  auto read = Read(body);
  const auto* const fault = std::get_if<Fault>(&read);
  EXPECT_EQ(fault, nullptr) << body << ": " << (fault ? fault->refusal.message : "");
  return fault == nullptr ? std::get<OpenAiEmbeddings>(read) : OpenAiEmbeddings();
}

// "param code: message"
std::string WhyNot(std::string_view body) {
  const auto read = Read(body);
  if (!std::holds_alternative<Fault>(read)) return "taken";
  const auto& [refusal, param] = std::get<Fault>(read);
  return param + " " + std::string(Name(refusal.verdict)) + ": " + refusal.message;
}

TEST(ReadOpenAiEmbeddings, TakesWhatTheSdksSend) {
  const OpenAiEmbeddings wanted =
      Taken(R"({"input":["a","b"],"model":"text-embedding-3-small","encoding_format":"base64",)"
            R"("dimensions":384,"user":"u","extra":{"x":1}})");
  EXPECT_EQ(wanted.request.texts, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(wanted.request.model, "text-embedding-3-small");
  EXPECT_TRUE(wanted.is_base64);
  EXPECT_TRUE(wanted.request.truncate);
}

TEST(ReadOpenAiEmbeddings, TakesWhatIsOursBesides) {
  const OpenAiEmbeddings wanted =
      Taken(R"({"input":"a","truncate":false,"prompt_name":"query","encoding_format":"float"})");
  EXPECT_FALSE(wanted.request.truncate);
  EXPECT_EQ(wanted.request.prompt_name, "query");
  EXPECT_FALSE(wanted.is_base64);
  EXPECT_FALSE(wanted.request.texts_are_list);
  EXPECT_EQ(wanted.request.texts_name, "input");
}

TEST(ReadOpenAiEmbeddings, WhoSendsTokenIdsIsToldHowNotTo) {
  EXPECT_EQ(WhyNot(R"({"input":[1,2]})"),
            " token_ids_not_supported: input holds token ids; strings are accepted. In LangChain "
            "give OpenAIEmbeddings check_embedding_ctx_length=False");
}

TEST(ReadOpenAiEmbeddings, RefusesWhatIsMissingEmptyOrUnknown) {
  EXPECT_EQ(WhyNot("{}"),
            " empty_input: the body has no input; a string or an array of strings is accepted");
  EXPECT_EQ(WhyNot(R"({"input":""})"),
            "input empty_input: input is an empty string; texts of at least one byte are accepted");
  EXPECT_EQ(WhyNot(R"({"input":["a",""]})"),
            "input empty_input: input[1] is an empty string; texts of at least one byte are "
            "accepted");
  EXPECT_EQ(WhyNot(R"({"input":"a","encoding_format":"hex"})"),
            "encoding_format invalid_request: encoding_format is \"hex\"; float and base64 are "
            "accepted");
  EXPECT_EQ(WhyNot(R"({"input":"a","dimensions":256})"),
            "dimensions invalid_request: dimensions is 256; the vectors of 'm' have 384 and cannot "
            "be shortened");
}

}  // namespace
}  // namespace shoal
