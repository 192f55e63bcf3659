#include "embed/json_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = JsonLine::Kind;

std::string TextOf(const std::string& line) {
  return StringOf(ReadJsonLine(line, "text"), "text", "x").value();
}

std::string ErrorOf(const std::string& line) {
  return StringOf(ReadJsonLine(line, "text"), "text", "x").status().message();
}

TEST(JsonLine, GivesTheStringOfTheKeyHoweverBothAreWritten) {
  EXPECT_EQ(TextOf(R"({"text":"a\n\u00e9\ud83d\ude00"})"), "a\n\u00e9\U0001F600");
  EXPECT_EQ(TextOf(R"( { "te\u0078t" : "a" } )"), "a");
  EXPECT_EQ(TextOf(R"({"a":{"text":1},"b":["text"],"text":""})"), "");
}

TEST(JsonLine, WalksOverAnyValueThatNobodyReads) {
  for (const char* value : {"NaN", "-NaN", "Infinity", "-Infinity", "1e400", "-1E-999",
                            "123456789012345678901234567890", "0.5e+3", "[]", "{}", "[[],{}]",
                            R"({"a":[1,{"b":null}]})", R"("\ud800\"}")", "true", "-0"}) {
    EXPECT_EQ(TextOf(R"({"a":)" + std::string(value) + R"(,"text":"x"})"), "x") << value;
    EXPECT_EQ(TextOf(R"({"text":"x", "a" : )" + std::string(value) + " }"), "x") << value;
  }
}

TEST(JsonLine, WhatIsNoJsonIsNotTakenForIt) {
  for (const char* value :
       {"01", "1.", ".5", "+1", "1e", "nul", "nan", "'a'", "[1,]", "{\"a\":1,}", "{\"a\" 1}",
        "[1 2]", "\"\\x\"", "\"\\u00g0\"", "\"\t\"", "{a:1}", "]"}) {
    EXPECT_EQ(ReadJsonLine("[" + std::string(value) + ",0]", "text").kind, Kind::kNoJson) << value;
  }
}

TEST(JsonLine, EveryBeginningOfALineIsUnfinishedAndTheWholeIsNot) {
  const std::string line = R"({"a": [1e5, {"b": "\u00e9"}], "c": -Infinity, "text": "x"})";
  for (std::size_t size = 0; size < line.size(); ++size) {
    EXPECT_EQ(ReadJsonLine(line.substr(0, size), "text").kind, Kind::kUnfinished) << size;
  }
  const JsonLine read = ReadJsonLine(line, "text");
  EXPECT_EQ(read.kind, Kind::kObject);
  EXPECT_THAT(read.keys, ElementsAre("a", "c", "text"));
  EXPECT_THAT(read.values, ElementsAre("\"x\""));
}

TEST(JsonLine, NestingHasALimit) {
  const auto nested = [](std::size_t depth) {
    return R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + R"(,"text":"x"})";
  };
  EXPECT_EQ(TextOf(nested(kMaxJsonDepth - 1)), "x");
  EXPECT_THAT(ErrorOf(nested(kMaxJsonDepth)), HasSubstr("at most 512 levels"));
}

TEST(JsonLine, AnErrorSaysWhatWasFound) {
  EXPECT_EQ(ErrorOf(R"({"a":1,"b c":2})"), R"(x: no key "text", found "a", "b c")");
  EXPECT_EQ(ErrorOf("{}"), R"(x: no key "text", it has no keys)");
  EXPECT_EQ(ErrorOf(R"({"text":1e400})"), R"(x: "text" is a number, expected a string)");
  EXPECT_EQ(ErrorOf(R"({"text":"a","text":"b"})"),
            R"(x: key "text" appears 2 times, expected once)");
  EXPECT_EQ(ErrorOf("[]"), R"(x: is an array, expected an object with a string "text")");
  EXPECT_EQ(ErrorOf(R"({"text":"a")"),
            "x: not valid JSON at byte 11: the line ends, expected ',' or '}'");
  EXPECT_EQ(ErrorOf("{]"), "x: not valid JSON at byte 1: expected a key in double quotes");
  EXPECT_THAT(ErrorOf(R"({"text":"\ud800"})"), HasSubstr("surrogate"));
  EXPECT_THAT(ErrorOf(R"({"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i\n":1,"j":1})"),
              HasSubstr(R"("h" and 2 more)"));
}

}  // namespace
}  // namespace shoal
