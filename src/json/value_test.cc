#include "json/value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(std::string_view text, const JsonOptions& options = {}) {
  const Result<JsonValue> value = ParseJson(text, options);
  return value.ok() ? "accepted" : value.status().message();
}

JsonValue Parsed(std::string_view text) { return ParseJson(text, {.name = "f.json"}).value(); }

TEST(JsonValue, ReadsEveryKindOfValue) {
  const JsonValue root =
      Parsed(R"( {"n":null,"b":true,"i":-7,"d":1.5e3,"s":"a\u00e9\ud83d\ude00","a":[1,[],{}]} )");
  EXPECT_TRUE(root.Get("n")->is_null());
  EXPECT_TRUE(root.GetBool("b").value());
  EXPECT_EQ(root.GetInt("i", -10, 10).value(), -7);
  EXPECT_EQ(root.GetDouble("d").value(), 1500.0);
  EXPECT_EQ(root.GetDouble("i").value(), -7.0);
  EXPECT_EQ(root.GetString("s").value(), "a\u00e9\U0001F600");
  const auto elements = root.Get("a")->Elements().value();
  ASSERT_EQ(elements.size(), 3u);
  EXPECT_EQ(elements[0].AsInt(0, 1).value(), 1);
  EXPECT_EQ(elements[1].size(), 0u);
  EXPECT_EQ(elements[2].type(), JsonValue::Type::kObject);
}

TEST(JsonValue, KeepsMembersInTheOrderOfTheText) {
  std::string order;
  const std::vector<JsonMember> members = Parsed(R"({"z":1,"a":[[9]],"m":"x"})").Members().value();
  for (const JsonMember& member : members) {
    order += member.key + std::to_string(static_cast<int>(member.value.type())) + " ";
  }
  EXPECT_EQ(order, "z2 a5 m4 ");
}

TEST(JsonValue, OutlivesTheRootItCameFrom) {
  const JsonValue inner = Parsed(R"({"a":{"b":"text"}})").Get("a").value();
  EXPECT_EQ(inner.GetString("b").value(), "text");
}

TEST(JsonValue, SaysWhereAndWhatInEveryTypeError) {
  const JsonValue root = Parsed(R"({"hidden_size":"384","l":[{"x":1},{"x":[0,true]}]})");
  EXPECT_EQ(root.GetInt("hidden_size", 1, 65536).status().message(),
            "f.json: hidden_size is a string, expected an integer from 1 to 65536");
  const JsonValue deep = root.Get("l")->Elements().value()[1].Get("x")->Elements().value()[1];
  EXPECT_EQ(deep.AsString().status().message(),
            "f.json: l[1].x[1] is a boolean, expected a string");
  EXPECT_EQ(root.Get("absent").status().message(), "f.json: has no member \"absent\"");
  EXPECT_EQ(root.Elements().status().message(), "f.json: is an object, expected an array");
  EXPECT_EQ(deep.Get("k").status().message(), "f.json: l[1].x[1] is a boolean, expected an object");
  EXPECT_EQ(root.Find("absent"), std::nullopt);
  EXPECT_EQ(deep.Find("k"), std::nullopt);
}

TEST(JsonValue, AnIntegerIsExactAndInItsRange) {
  EXPECT_EQ(Parsed("9223372036854775807").AsInt(0, INT64_MAX).value(), INT64_MAX);
  EXPECT_EQ(Parsed("-9223372036854775808").AsInt(INT64_MIN, 0).value(), INT64_MIN);
  EXPECT_FALSE(Parsed("9223372036854775808").AsInt(INT64_MIN, INT64_MAX).ok());
  EXPECT_EQ(Parsed("18446744073709551615").AsDouble().value(), 18446744073709551615.0);
  EXPECT_FALSE(Parsed("256.0").AsInt(0, 1000).ok());
  EXPECT_FALSE(Parsed("1e2").AsInt(0, 1000).ok());
  EXPECT_EQ(Parsed("11").AsInt(0, 10).status().message(),
            "f.json: is 11, expected an integer from 0 to 10");
}

TEST(JsonValue, RefusesWhatIsNotJson) {
  for (const char* text :
       {"",           " ",           "{",   "[1,]", "{\"a\":1,}", "{'a':1}", "nul", "NaN",
        "[Infinity]", "-",           "01",  "+1",   "1.",         ".5",      "\"a", "\"\t\"",
        "\"\\x\"",    "\"\\ud800\"", "1 2", "{} x", "// c\n1",    "1e999"}) {
    EXPECT_THAT(ErrorOf(text), HasSubstr("JSON: not valid JSON at byte")) << text;
  }
  EXPECT_EQ(ErrorOf("[1, x]"),
            "JSON: not valid JSON at byte 5: syntax error while parsing value - invalid literal");
}

TEST(JsonValue, RefusesInvalidUtf8AndAByteOrderMark) {
  EXPECT_EQ(ErrorOf("\"ab\xC3\x28\""), "JSON: invalid UTF-8 at byte 3");
  EXPECT_EQ(ErrorOf("\xEF\xBB\xBF{}"), "JSON: starts with a byte order mark");
  EXPECT_EQ(ErrorOf(std::string_view("{}\0x", 4)), "JSON: a byte of value 0 at byte 2");
}

TEST(JsonValue, RefusesAKeyThatAppearsTwice) {
  EXPECT_EQ(ErrorOf(R"({"a":1,"b":{"c":1,"d":2,"\u0063":3}})"),
            "JSON: key \"c\" appears twice in an object");
  EXPECT_EQ(ErrorOf(R"([{"a":1},{"a":1}])"), "accepted");
}

TEST(JsonValue, BoundsDepthAndNumberOfValues) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(ErrorOf(nested(64)), "accepted");
  EXPECT_EQ(ErrorOf(nested(65)), "JSON: nested deeper than 64 levels");
  EXPECT_EQ(ErrorOf(nested(1'000'000)), "JSON: nested deeper than 64 levels");
  EXPECT_EQ(ErrorOf("[1,2,3]", {.max_values = 4}), "accepted");
  EXPECT_EQ(ErrorOf("[1,2,3]", {.max_values = 3}), "JSON: more than 3 values");
}

TEST(JsonValue, ManyKeysAreCheckedInReasonableTime) {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_EQ(ErrorOf(text + "\"k\":0}"), "accepted");
  EXPECT_EQ(ErrorOf(text + "\"k500\":0}"), "JSON: key \"k500\" appears twice in an object");
}

}  // namespace
}  // namespace shoal
