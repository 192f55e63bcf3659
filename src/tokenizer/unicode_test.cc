#include "tokenizer/unicode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal {
namespace {

using std::string_view_literals::operator""sv;
using testing::ElementsAre;

std::vector<char32_t> Decomposed(char32_t code_point) {
  char32_t parts[kMaxDecomposed];
  const int count = Decompose(code_point, parts);
  return {parts, parts + count};
}

TEST(Unicode, ReadsBackEveryCodePointThatItWrites) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::uint8_t bytes[4];
    const auto size = static_cast<std::size_t>(WriteCodePoint(c, bytes));
    std::size_t position = 1;
    const std::string text = "x" + std::string(bytes, bytes + size) + "y";
    ASSERT_EQ(NextCodePoint(text, &position), c);
    ASSERT_EQ(position, 1 + size);
  }
}

TEST(Unicode, RemovesControlFormatAndPrivateUseCharacters) {
  EXPECT_TRUE(IsRemoved(0));
  EXPECT_TRUE(IsRemoved(0x7F));
  EXPECT_TRUE(IsRemoved(0xAD));      // soft hyphen
  EXPECT_TRUE(IsRemoved(0x200D));    // zero width joiner
  EXPECT_TRUE(IsRemoved(0xE000));    // private use
  EXPECT_TRUE(IsRemoved(0x10FFFD));  // private use
  EXPECT_TRUE(IsRemoved(0xFFFD));    // replacement character
  EXPECT_FALSE(IsRemoved('\t'));
  EXPECT_FALSE(IsRemoved('\n'));
  EXPECT_FALSE(IsRemoved('\r'));
  EXPECT_FALSE(IsRemoved('a'));
  EXPECT_FALSE(IsRemoved(0x378));    // unassigned
  EXPECT_FALSE(IsRemoved(0x8E2));    // format since Unicode 9: not to the reference
  EXPECT_FALSE(IsRemoved(0x1F600));  // emoji
}

TEST(Unicode, SeparatesWordsAtWhitespace) {
  for (const char32_t c : U" \t\n\r\u00A0\u1680\u2003\u2028\u2029\u3000"sv) {
    EXPECT_TRUE(IsSpace(c)) << std::hex << static_cast<std::uint32_t>(c);
  }
  EXPECT_FALSE(IsSpace('\v'));
  EXPECT_FALSE(IsSpace('\f'));
  EXPECT_FALSE(IsSpace(0x200B));  // zero width space: a format character
  EXPECT_FALSE(IsSpace('_'));
}

TEST(Unicode, KnowsTheEdgesOfTheIdeographs) {
  const std::vector<std::pair<char32_t, char32_t>> ranges = {
      {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xF900, 0xFAFF},  {0x20000, 0x2A6DF},
      {0x2A700, 0x2B81F}, {0x2B920, 0x2CEAF}, {0x2F800, 0x2FA1F}};
  for (const auto& [first, last] : ranges) {
    EXPECT_FALSE(IsIdeograph(first - 1)) << std::hex << static_cast<std::uint32_t>(first);
    EXPECT_TRUE(IsIdeograph(first)) << std::hex << static_cast<std::uint32_t>(first);
    EXPECT_TRUE(IsIdeograph(last)) << std::hex << static_cast<std::uint32_t>(last);
    EXPECT_FALSE(IsIdeograph(last + 1)) << std::hex << static_cast<std::uint32_t>(last);
  }
  EXPECT_FALSE(IsIdeograph(0x3042));  // hiragana
  EXPECT_FALSE(IsIdeograph(0xAC00));  // hangul
}

TEST(Unicode, CountsAsciiSymbolsAsPunctuationButNoOthers) {
  for (const char32_t c : U"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"sv) {
    EXPECT_TRUE(IsPunctuation(c)) << static_cast<char>(c);
  }
  EXPECT_FALSE(IsPunctuation('0'));
  EXPECT_FALSE(IsPunctuation('z'));
  EXPECT_FALSE(IsPunctuation(' '));
  EXPECT_TRUE(IsPunctuation(0xBF));     // inverted question mark
  EXPECT_TRUE(IsPunctuation(0x2014));   // em dash
  EXPECT_TRUE(IsPunctuation(0x3002));   // ideographic full stop
  EXPECT_FALSE(IsPunctuation(0x20AC));  // euro sign
  EXPECT_FALSE(IsPunctuation(0x2211));  // sum
  EXPECT_TRUE(IsPunctuation(0x166D));   // a symbol since Unicode 12: punctuation to the reference
  EXPECT_FALSE(IsPunctuation(0x2E43));  // punctuation since Unicode 9: not to the reference
}

TEST(Unicode, DropsTheMarksThatTheReferenceKnows) {
  EXPECT_TRUE(IsNonspacingMark(0x301));   // acute
  EXPECT_TRUE(IsNonspacingMark(0x5B0));   // Hebrew point
  EXPECT_TRUE(IsNonspacingMark(0x1734));  // a spacing mark since Unicode 14
  EXPECT_FALSE(IsNonspacingMark(0x903));  // a spacing mark
  EXPECT_FALSE(IsNonspacingMark(0x8D4));  // newer than the reference
  EXPECT_FALSE(IsNonspacingMark('a'));
}

TEST(Unicode, LowersLettersOfEveryScriptAndVersion) {
  EXPECT_EQ(ToLower('Z'), 'z');
  EXPECT_EQ(ToLower('z'), 'z');
  EXPECT_EQ(ToLower(0xC9), 0xE9u);
  EXPECT_EQ(ToLower(0x3A3), 0x3C3u);      // sigma, wherever it stands
  EXPECT_EQ(ToLower(0x416), 0x436u);      // Cyrillic
  EXPECT_EQ(ToLower(0x1E9E), 0xDFu);      // sharp s
  EXPECT_EQ(ToLower(0x10400), 0x10428u);  // Deseret
  // What utf8proc does not know.
  EXPECT_EQ(ToLower(0x1C89), 0x1C8Au);
  EXPECT_EQ(ToLower(0xA7CB), 0x264u);
  EXPECT_EQ(ToLower(0xA7CC), 0xA7CDu);
  EXPECT_EQ(ToLower(0xA7CD), 0xA7CDu);
  EXPECT_EQ(ToLower(0xA7DC), 0x19Bu);
  EXPECT_EQ(ToLower(0x10D50), 0x10D70u);
  EXPECT_EQ(ToLower(0x10D65), 0x10D85u);
  EXPECT_EQ(ToLower(0x10D66), 0x10D66u);
  EXPECT_EQ(ToLower(0x16EA0), 0x16EBBu);
  EXPECT_EQ(ToLower(0x16EB8), 0x16ED3u);
  EXPECT_EQ(ToLower(0x16EB9), 0x16EB9u);
}

TEST(Unicode, DecomposesCanonicallyOnly) {
  EXPECT_THAT(Decomposed('a'), ElementsAre('a'));
  EXPECT_THAT(Decomposed(0xE9), ElementsAre('e', 0x301));
  EXPECT_THAT(Decomposed(0x1EC7), ElementsAre('e', 0x323, 0x302));
  EXPECT_THAT(Decomposed(0xD55C), ElementsAre(0x1112, 0x1161, 0x11AB));  // Hangul
  EXPECT_THAT(Decomposed(0xF900), ElementsAre(0x8C48));
  EXPECT_THAT(Decomposed(0xFB01), ElementsAre(0xFB01));    // a ligature: compatibility
  EXPECT_THAT(Decomposed(0x11938), ElementsAre(0x11938));  // newer than the reference
}

TEST(Unicode, ClassesMarksByWhereTheyStand) {
  EXPECT_EQ(CombiningClass('a'), 0);
  EXPECT_EQ(CombiningClass(0x301), 230);
  EXPECT_EQ(CombiningClass(0x323), 220);
  EXPECT_EQ(CombiningClass(0x94D), 9);
  EXPECT_EQ(CombiningClass(0x8D3), 0);  // newer than the reference
}

TEST(Unicode, StepsBackOverWholeCodePoints) {
  const std::string_view text = "a\xC3\xA9\xE4\xB8\xAD";
  EXPECT_EQ(PreviousCodePoint(text, 6), 3u);
  EXPECT_EQ(PreviousCodePoint(text, 3), 1u);
  EXPECT_EQ(PreviousCodePoint(text, 1), 0u);
}

TEST(Unicode, KnowsWordCharactersAndSpacesOfRegularExpressions) {
  for (const char32_t c : {U'a', U'Z', U'0', U'_', U'\u00E9', U'\u4E2D', U'\u0301', U'\u200D'}) {
    EXPECT_TRUE(IsWordCharacter(c)) << static_cast<std::uint32_t>(c);
  }
  for (const char32_t c : {U' ', U'-', U'[', U'\u20AC', U'\u00B2', U'\u200B'}) {
    EXPECT_FALSE(IsWordCharacter(c)) << static_cast<std::uint32_t>(c);
  }
  for (const char32_t c : {U' ', U'\t', U'\v', U'\u0085', U'\u00A0', U'\u3000'}) {
    EXPECT_TRUE(IsWhiteSpace(c)) << static_cast<std::uint32_t>(c);
  }
  EXPECT_FALSE(IsWhiteSpace(U'\u200B'));
}

}  // namespace
}  // namespace shoal
