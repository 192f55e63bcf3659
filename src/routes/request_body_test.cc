#include "routes/request_body.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using Texts = std::vector<std::string>;

const Limits kLimits = {.max_texts = 3, .max_text_bytes = 5};

struct Outcome {
  std::optional<Fault> fault;
  Texts texts;
  bool is_list = false;
  std::string word;
  bool flag = true;
  std::optional<bool> maybe;
  std::optional<std::int64_t> number;
};

Outcome Read(std::string_view body) {
  Outcome out;
  RequestBody reader("input", kLimits);
  out.fault = reader.Read(body, [&](std::string_view name, JsonItem& item) {
    if (name == "input") return reader.ReadTexts(item, out.texts, out.is_list);
    if (name == "word") return reader.ReadWord(item, name, out.word);
    if (name == "flag") return reader.ReadFlag(item, out.flag);
    if (name == "maybe") return reader.ReadFlag(item, out.maybe);
    if (name == "number") return reader.ReadNumber(item, out.number);
    return true;
  });
  return out;
}

std::string WhyNot(std::string_view body) {
  const Outcome out = Read(body);
  if (!out.fault) return "taken";
  return std::string(Name(out.fault->refusal.verdict)) + ": " + out.fault->refusal.message;
}

TEST(RequestBody, TakesATextOrAList) {
  const Outcome one = Read(R"({"input":"a\u00e9"})");
  EXPECT_EQ(one.texts, Texts{"a\xC3\xA9"});
  EXPECT_FALSE(one.is_list);
  const Outcome list = Read(R"({"input":["a","","c"]})");
  EXPECT_EQ(list.texts, (Texts{"a", "", "c"}));
  EXPECT_TRUE(list.is_list);
}

TEST(RequestBody, TakesWordsFlagsAndNumbersAndPassesOverTheRest) {
  const Outcome out = Read(R"({"word":"w","flag":false,"maybe":true,"number":-7,"x":[{"y":1}]})");
  EXPECT_FALSE(out.fault);
  EXPECT_EQ(out.word, "w");
  EXPECT_FALSE(out.flag);
  EXPECT_EQ(out.maybe, true);
  EXPECT_EQ(out.number, -7);
  const Outcome nulls = Read(R"({"word":null,"flag":null,"maybe":null,"number":null})");
  EXPECT_FALSE(nulls.fault);
  EXPECT_TRUE(nulls.flag);
  EXPECT_EQ(nulls.maybe, std::nullopt);
  EXPECT_EQ(nulls.number, std::nullopt);
}

TEST(RequestBody, CountsAndMeasuresBeforeItKeeps) {
  EXPECT_EQ(WhyNot(R"({"input":[]})"), "empty_input: input is empty; 1 to 3 are accepted");
  EXPECT_EQ(WhyNot(R"({"input":["","","",7]})"),
            "too_many_inputs: input has more than 3 entries; 1 to 3 are accepted");
  EXPECT_EQ(WhyNot(R"({"input":["a","123456"]})"),
            "input_too_large: input[1] has 6 bytes; up to 5 are accepted");
  EXPECT_EQ(WhyNot(R"({"word":")" + std::string(1025, 'w') + R"("})"),
            "invalid_request: word has 1025 bytes; up to 1024 are accepted");
}

TEST(RequestBody, SaysWhatItFoundAndWhere) {
  EXPECT_EQ(WhyNot(R"({"input":7})"),
            "invalid_request: input is a number, expected a string or an array of strings");
  EXPECT_EQ(WhyNot(R"({"input":["a",null]})"),
            "invalid_request: input[1] is null, expected a string");
  EXPECT_EQ(WhyNot(R"({"flag":"no"})"), "invalid_request: flag is a string, expected a boolean");
  EXPECT_EQ(WhyNot("{\"input\":[\"a\",\"b\xFF\"]}"),
            "invalid_utf8: input[1] is not valid UTF-8 at byte 1");
  EXPECT_EQ(WhyNot("7"), "invalid_request: the body is a number, expected an object");
  EXPECT_EQ(Read(R"({"number":"x"})").fault->param, "number");
}

TEST(RequestBody, TokenIdsAreRefused) {
  for (const char* body : {R"({"input":[1,2]})", R"({"input":[[1],[2]]})"}) {
    EXPECT_EQ(WhyNot(body), "token_ids_not_supported: input holds token ids; strings are accepted");
  }
}

TEST(CheckBodyHeaders, TakesPlainUtf8Alone) {
  const auto why = [](std::string_view name, std::string_view value) {
    HttpHeaders headers;
    headers.Add(name, value);
    const auto fault = CheckBodyHeaders(headers);
    return fault ? fault->refusal.message : "taken";
  };
  for (const char* type : {"application/json", "application/json; charset=utf-8", "text/plain",
                           "application/json;charset=\"UTF-8\"; x=y"}) {
    EXPECT_EQ(why("content-type", type), "taken") << type;
  }
  EXPECT_EQ(why("content-type", "application/json; charset=latin1"),
            "header content-type has the charset \"latin1\"; utf-8 is accepted");
  EXPECT_EQ(why("content-encoding", "identity"), "taken");
  EXPECT_EQ(why("content-encoding", "gzip"),
            "header content-encoding is \"gzip\"; bodies are accepted as they are, not compressed");
}

}  // namespace
}  // namespace shoal
