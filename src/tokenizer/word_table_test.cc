#include "tokenizer/word_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::Optional;

using Ids = std::vector<std::int32_t>;

std::vector<VocabularyToken> Numbered(const std::vector<std::string_view>& tokens) {
  std::vector<VocabularyToken> numbered;
  for (const std::string_view token : tokens) {
    numbered.push_back(
        {.text = std::string(token), .id = static_cast<std::int32_t>(numbered.size())});
  }
  return numbered;
}

// Ids of the pieces, behind an earlier 7; nothing: no match, and the 7 stands alone.
std::optional<Ids> Match(const std::vector<std::string_view>& tokens, std::string word,
                         std::string_view prefix = "##") {
  const std::size_t size = word.size();
  word.append(WordBlock::kSize, 'x');
  Ids ids = {7};
  const bool found = WordTable(Numbered(tokens), prefix)
                         .Match(reinterpret_cast<const std::uint8_t*>(word.data()), size, ids);
  if (found) return ids;
  EXPECT_THAT(ids, ElementsAre(7));
  return std::nullopt;
}

TEST(WordTable, FindsWholeWordsOfEveryLength) {
  for (std::size_t size = 1; size <= 40; ++size) {
    const std::string word(size, 'a');
    EXPECT_THAT(Match({"b", word, "aaab"}, word), Optional(Ids({7, 1}))) << size;
  }
}

TEST(WordTable, TakesTheLongestPieceEvenWhenTheRestThenFails) {
  EXPECT_THAT(Match({"a", "ab", "##b", "##c", "##bc"}, "abc"), Optional(Ids({7, 1, 3})));
  EXPECT_EQ(Match({"a", "ab", "##bc"}, "abc"), std::nullopt);
}

TEST(WordTable, SaysWhereEachPieceEnds) {
  const WordTable table(Numbered({"a", "##bc", "##d", "whole"}), "##");
  const std::string padding(WordBlock::kSize, 'x');
  std::vector<WordTable::Piece> pieces;
  const auto match = [&](const std::string& word) {
    const std::string padded = word + padding;
    return table.Match(reinterpret_cast<const std::uint8_t*>(padded.data()), word.size(), pieces);
  };
  EXPECT_TRUE(match("abcd"));
  EXPECT_TRUE(match("whole"));
  EXPECT_FALSE(match("abcx"));
  EXPECT_THAT(pieces, ElementsAre(WordTable::Piece{0, 1}, WordTable::Piece{1, 3},
                                  WordTable::Piece{2, 4}, WordTable::Piece{3, 5}));
}

TEST(WordTable, KeepsStartsAndContinuationsApart) {
  EXPECT_EQ(Match({"a", "b"}, "ab"), std::nullopt);
  EXPECT_EQ(Match({"##a", "##b"}, "ab"), std::nullopt);
  EXPECT_THAT(Match({"##a", "a"}, "aaa"), Optional(Ids({7, 1, 0, 0})));
}

TEST(WordTable, ReadsTwoSharpsAloneAsAWord) {
  EXPECT_THAT(Match({"##", "#"}, "##"), Optional(Ids({7, 0})));
  EXPECT_EQ(Match({"##", "a"}, "a#"), std::nullopt);
}

TEST(WordTable, ContinuesWordsWithWhatBeginsWithThePrefix) {
  EXPECT_THAT(Match({"a", "@@b"}, "ab", "@@"), Optional(Ids({7, 0, 1})));
  EXPECT_EQ(Match({"a", "##b"}, "ab", "@@"), std::nullopt);
  EXPECT_THAT(Match({"x", "xa"}, "xaa", "x"), Optional(Ids({7, 1, 1})));
  EXPECT_THAT(Match({"a", "b"}, "aab", ""), Optional(Ids({7, 0, 0, 1})));
}

TEST(WordTable, GivesTheIdsOfItsTokens) {
  EXPECT_EQ(WordTable({{"a", 9}, {"b", 3}}, "##").Find({.low = 'b'}), 3);
}

TEST(WordTable, MatchesBytesOfAnyValue) {
  EXPECT_THAT(Match({"\xE4\xB8\xAD", "##\xC3\xA9"}, "\xE4\xB8\xAD\xC3\xA9"),
              Optional(Ids({7, 0, 1})));
  EXPECT_EQ(Match({"\xE4\xB8\xAD"}, "\xE4\xB8"), std::nullopt);
}

TEST(WordTable, NeverTakesAZeroInATokenForItsEnd) {
  const std::string_view with_zero("a\0", 2);
  EXPECT_THAT(Match({with_zero, "a"}, "a"), Optional(Ids({7, 1})));
}

TEST(WordTable, FindsOnlyWholeWordsByTheirBlock) {
  const WordTable table(Numbered({"ab", "##c", "", "abc"}), "##");
  EXPECT_EQ(table.Find({.low = 'a' | 'b' << 8}), 0);
  EXPECT_EQ(table.Find({.low = 'a' | 'b' << 8 | 'c' << 16}), 3);
  EXPECT_EQ(table.Find({.low = 'c'}), -1);
  EXPECT_EQ(table.Find({.low = 'a' | 'b' << 8, .high = 1}), -1);
  EXPECT_EQ(table.Find({}), -1);
}

TEST(WordTable, HoldsManyTokensWithoutMixingThem) {
  std::vector<std::string> words;
  for (int i = 0; i < 5000; ++i) words.push_back("w" + std::to_string(i * 7919));
  const WordTable table(Numbered({words.begin(), words.end()}), "##");
  for (std::size_t i = 0; i < words.size(); ++i) {
    WordBlock block;
    std::memcpy(&block, words[i].data(), words[i].size());
    EXPECT_EQ(table.Find(block), static_cast<std::int32_t>(i));
  }
}

}  // namespace
}  // namespace shoal
