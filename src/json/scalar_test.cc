#include "json/scalar.h"

#include <gtest/gtest.h>

#include <string>

namespace shoal {
namespace {

using Outcome = Unescaped::Outcome;

std::string Meant(std::string_view escaped) {
  std::string to(escaped.size(), '?');
  const Unescaped unescaped = UnescapeJson(escaped, to.data());
  EXPECT_EQ(unescaped.outcome, Outcome::kDone) << escaped;
  return to.substr(0, unescaped.size);
}

std::string Refused(std::string_view escaped, Outcome outcome) {
  std::string to(escaped.size(), '?');
  const Unescaped unescaped = UnescapeJson(escaped, to.data());
  EXPECT_EQ(unescaped.outcome, outcome) << escaped;
  return std::to_string(unescaped.at) + " after " + std::to_string(unescaped.size);
}

TEST(Scalar, KnowsTheNumbersOfJson) {
  for (const char* const text : {"0", "-0", "10", "0.0", "-0.10", "1e5", "1E+05", "12.5e-7", "0e0",
                                 "123456789012345678901234567890"}) {
    EXPECT_TRUE(IsJsonNumber(text)) << text;
  }
  for (const char* const text :
       {"",    "-",   "+1",  "01", "-01", "1.", ".5", "1e",     "1e+",   "1.e5",  "0x10",     "1_0",
        "NaN", "inf", "--1", "1-", "1 ",  " 1", "1,", "1\"a\"", "1e5.0", "1e5e5", "1\xC2\xA0"}) {
    EXPECT_FALSE(IsJsonNumber(text)) << text;
  }
}

TEST(Scalar, DecodesEveryEscape) {
  EXPECT_EQ(Meant(""), "");
  EXPECT_EQ(Meant("plain \u00e9"), "plain \u00e9");
  EXPECT_EQ(Meant(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(Meant(R"(a\u0041\u00e9\u20aC\uFFFFz)"), "aA\u00e9\u20ac\uFFFFz");
  EXPECT_EQ(Meant(R"(\ud83d\ude00\uD800\uDC00\udbff\udfff)"), "\U0001F600\U00010000\U0010FFFF");
  EXPECT_EQ(Meant(R"(a\u0000b)"), std::string("a\0b", 3));
  EXPECT_EQ(Meant(R"(\\u0041\\)"), "\\u0041\\");
}

TEST(Scalar, RefusesWhatIsNoEscapeAndSaysWhere) {
  EXPECT_EQ(Refused(R"(ab\x)", Outcome::kBadEscape), "2 after 2");
  EXPECT_EQ(Refused(R"(\n\a)", Outcome::kBadEscape), "2 after 1");
  for (const char* const text :
       {"\\", R"(\u)", R"(\u12)", R"(\u123)", R"(\u123g)", R"(\U0041)", R"(\u+123)", R"(\u 123)",
        R"(\')", R"(\0)", "\\\n", "\\\xC3\xA9"}) {
    EXPECT_EQ(Refused(text, Outcome::kBadEscape), "0 after 0") << text;
  }
}

TEST(Scalar, RefusesHalfOfASurrogatePair) {
  for (const char* const text :
       {R"(\ud800)", R"(\udc00)", R"(\udfff)", R"(\udc00\ud800)", R"(\ud800\ud800)", R"(\ud800a)",
        R"(\ud800\n)", R"(\ud83d\u0041)", R"(\ud83d\ude0)", R"(\ud83dude00)"}) {
    EXPECT_EQ(Refused(text, Outcome::kHalfPair), "0 after 0") << text;
  }
  EXPECT_EQ(Refused(R"(ok\ud83d\ude00\ud83d)", Outcome::kHalfPair), "14 after 6");
}

}  // namespace
}  // namespace shoal
