#include "json/writer.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "base/rng.h"
#include "json/value.h"

namespace shoal {
namespace {

std::string Written(const auto& write) {
  std::string out;
  JsonWriter json(out);
  write(json);
  return out;
}

TEST(JsonWriter, PutsCommasBetweenElementsAndMembers) {
  EXPECT_EQ(Written([](JsonWriter& json) {
              json.BeginObject().Key("a").BeginArray().Int(1).BeginArray().EndArray().Null();
              json.EndArray().Key("b").Bool(true).Key("c").BeginObject().EndObject().EndObject();
            }),
            R"({"a":[1,[],null],"b":true,"c":{}})");
}

TEST(JsonWriter, WritesIntegersOfAllSizes) {
  EXPECT_EQ(Written([](JsonWriter& json) { json.BeginArray().Int(INT64_MIN).UInt(UINT64_MAX); }),
            "[-9223372036854775808,18446744073709551615");
}

TEST(JsonWriter, EscapesSoThatAnyValidTextReadsBack) {
  std::string text = "\"\\/\x7F \u00e9\U0001F600\u2028";
  for (char c = 0; c < 0x20; ++c) text += c;
  const std::string out = Written([&](JsonWriter& json) { json.String(text); });
  EXPECT_EQ(ParseJson(out)->AsString().value(), text);
  EXPECT_EQ(Written([](JsonWriter& json) { json.String("a\"\n\x01"); }), R"("a\"\n\u0001")");
}

TEST(JsonWriter, EscapesWhatMustBeWhereverItStands) {
  for (char c = 0; c >= 0 && c < 0x7F; ++c) {
    for (std::size_t place = 0; place < 19; ++place) {
      std::string text(19, 'x');
      text[place] = c;
      const std::string out = Written([&](JsonWriter& json) { json.String(text); });
      ASSERT_EQ(ParseJson(out)->AsString().value(), text) << out;
      ASSERT_EQ(out.size() == text.size() + 2, c >= 0x20 && c != '"' && c != '\\') << out;
    }
  }
}

TEST(JsonWriter, ReplacesInvalidBytes) {
  EXPECT_EQ(Written([](JsonWriter& json) { json.String("a\xFFz\xC3"); }), "\"a\uFFFDz\uFFFD\"");
}

TEST(JsonWriter, AFloatIsTheShortestThatReadsBack) {
  EXPECT_EQ(Written([](JsonWriter& json) {
              json.BeginArray().Float(0.1f).Float(1.0f).Float(-0.0f).Float(1e-7f).Double(0.1);
            }),
            "[0.1,1,-0,1e-07,0.1");
  Rng rng(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(rng.Next()));
    if (!std::isfinite(value)) continue;
    const std::string out = Written([&](JsonWriter& json) { json.Float(value); });
    float back = 0;
    std::from_chars(out.data(), out.data() + out.size(), back);
    ASSERT_EQ(std::bit_cast<std::uint32_t>(back), std::bit_cast<std::uint32_t>(value)) << out;
    ASSERT_TRUE(ParseJson(out).ok()) << out;
  }
}

TEST(JsonWriter, WhatIsNotFiniteIsNull) {
  EXPECT_EQ(Written([](JsonWriter& json) {
              json.BeginArray().Float(std::numeric_limits<float>::infinity()).Double(NAN);
            }),
            "[null,null");
}

TEST(JsonWriter, WritesManyFloatsAsItWritesEach) {
  Rng rng(2);
  std::vector<float> values = {0.0f, NAN, -0.0f, -1.17549435e-38f, 3.40282347e38f, 1e-45f};
  for (std::size_t count : {0u, 1u, 6u, 512u, 513u, 3000u}) {
    while (values.size() < count) {
      values.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(rng.Next())));
    }
    const std::span<const float> some = std::span(values).first(count);
    const std::string one_by_one = Written([&](JsonWriter& json) {
      json.BeginObject().Key("v").BeginArray();
      for (const float value : some) json.Float(value);
      json.EndArray().Key("w").Null().EndObject();
    });
    EXPECT_EQ(Written([&](JsonWriter& json) {
                json.BeginObject().Key("v").Floats(some).Key("w").Null().EndObject();
              }),
              one_by_one);
  }
}

TEST(JsonWriter, WritesBase64AsAString) {
  EXPECT_EQ(Written([](JsonWriter& json) {
              json.BeginArray().Base64("\xFB\xFF").Base64("").Int(1).EndArray();
            }),
            R"(["+/8=","",1])");
}

TEST(JsonWriterDeathTest, WrongOrderEndsTheProcess) {
  std::string out;
  EXPECT_DEATH(JsonWriter(out).BeginObject().Int(1), "a value in an object has a key");
  EXPECT_DEATH(JsonWriter(out).BeginArray().EndObject(), "ended in turn");
  EXPECT_DEATH(JsonWriter(out).BeginArray().Key("k"), "a key stands in an object");
  EXPECT_DEATH(JsonWriter(out).Int(1).Int(2), "a document is one value");
}

}  // namespace
}  // namespace shoal
