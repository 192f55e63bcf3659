#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace shoal {
namespace {

TEST(Utf8, AcceptsEveryLength) {
  EXPECT_EQ(FirstInvalidUtf8(""), std::nullopt);
  EXPECT_EQ(FirstInvalidUtf8("plain ASCII of some length"), std::nullopt);
  EXPECT_EQ(FirstInvalidUtf8("\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80"), std::nullopt);
  EXPECT_EQ(FirstInvalidUtf8("\xF4\x8F\xBF\xBF"), std::nullopt);
  EXPECT_EQ(FirstInvalidUtf8(std::string(3, '\0')), std::nullopt);
}

TEST(Utf8, NamesTheFirstBadByte) {
  struct Case {
    std::string text;
    std::size_t offset;
  };
  const Case cases[] = {
      {"\x80", 0},              // a continuation without a start
      {"12345678\xFF", 8},      // never used
      {"ab\xC0\x80", 2},        // overlong
      {"a\xE0\x9F\xBF", 1},     // overlong
      {"\xED\xA0\x80", 0},      // surrogate
      {"\xF4\x90\x80\x80", 0},  // above U+10FFFF
      {"caf\xC3", 3},           // cut off
      {"\xF0\x9F\x98", 0},      // cut off
  };
  for (const Case& c : cases) EXPECT_EQ(FirstInvalidUtf8(c.text), c.offset) << c.text;
}

TEST(CutUtf8, CutsBetweenCharacters) {
  EXPECT_EQ(CutUtf8("abc", 3), "abc");
  EXPECT_EQ(CutUtf8("abcd", 3), "abc");
  EXPECT_EQ(CutUtf8("a\u00e9b", 2), "a");
  EXPECT_EQ(CutUtf8("\u20ac\u20ac", 5), "\u20ac");
  EXPECT_EQ(CutUtf8("\x80\x80\x80", 2), "");
}

TEST(ReadableUtf8, WritesOnlyTheBytesThatAreNoTextAsDigits) {
  EXPECT_EQ(ReadableUtf8(""), "");
  EXPECT_EQ(ReadableUtf8("na\u00EFve"), "na\u00EFve");
  EXPECT_EQ(ReadableUtf8("caf\xE9/x"), "caf\\xE9/x");
  EXPECT_EQ(ReadableUtf8("\xFF\xC3"), "\\xFF\\xC3");
}

}  // namespace
}  // namespace shoal
