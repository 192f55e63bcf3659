#include "tokenizer/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Ids:                            0     1     2     3     4     5   6     7   8 9 10
constexpr char kVocabulary[] =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\nhe\n##llo\nhello\n!\n[\n]\nsep\n\xE4\xB8\xAD\n";

std::vector<std::int32_t> Ids(std::string_view text, const TokenizerOptions& options = {}) {
  Result<Tokenizer> tokenizer = Tokenizer::Create(kVocabulary, options);
  std::vector<std::int32_t> ids;
  tokenizer->Encode(text, ids);
  return ids;
}

TEST(Tokenizer, GivesOnlyTheFrameForEmptyText) { EXPECT_THAT(Ids(" \t\n"), ElementsAre(2, 3)); }

TEST(Tokenizer, TakesTheLongestMatchAndSplitsPunctuation) {
  EXPECT_THAT(Ids("Hello!he"), ElementsAre(2, 6, 7, 4, 3));
  EXPECT_THAT(Ids("hellollo"), ElementsAre(2, 6, 5, 3));
  EXPECT_THAT(Ids("hellox"), ElementsAre(2, 1, 3));
}

TEST(Tokenizer, StripsAccentsAndSeparatesIdeographs) {
  EXPECT_THAT(Ids("H\xC3\x89llo\xE4\xB8\xADhe"), ElementsAre(2, 6, 11, 4, 3));
}

TEST(Tokenizer, KeepsCaseAndAccentsWhenCased) {
  EXPECT_THAT(Ids("Hello hello h\xC3\xA9", {.lower_case = false}), ElementsAre(2, 1, 6, 1, 3));
}

TEST(Tokenizer, MatchesLiteralSpecialTokensUnlessTheyAreText) {
  EXPECT_THAT(Ids("he[SEP]he"), ElementsAre(2, 4, 3, 4, 3));
  EXPECT_THAT(Ids("he[SEP]he", {.special_tokens_as_text = true}),
              ElementsAre(2, 4, 8, 10, 9, 4, 3));
}

TEST(Tokenizer, GivesAWordTheSameIdsWhateverStandsBehindIt) {
  for (const char* const behind : {"", " ", "  he", " he he he he he he he", "\t", "\xC2\xA0"}) {
    std::vector<std::int32_t> expected = {2, 6};
    expected.insert(expected.end(), std::count(behind, behind + std::strlen(behind), 'h'), 4);
    expected.push_back(3);
    EXPECT_EQ(Ids("Hello" + std::string(behind)), expected) << behind;
  }
}

TEST(Tokenizer, JoinsWhatOnlyRemovedCharactersPart) {
  EXPECT_THAT(Ids(std::string("he\0llo he he he he he", 21)), ElementsAre(2, 6, 4, 4, 4, 4, 4, 3));
  EXPECT_THAT(Ids("he\xC2\xADllo he he he he"), ElementsAre(2, 6, 4, 4, 4, 4, 3));
  EXPECT_THAT(Ids("hello\x7F he he he he he"), ElementsAre(2, 6, 4, 4, 4, 4, 4, 3));
}

TEST(Tokenizer, TakesUpToAHundredCharactersForAWord) {
  const std::string vocabulary = "[UNK]\n[CLS]\n[SEP]\na\n##a\n\xC3\xB8\n##\xC3\xB8\n";
  Result<Tokenizer> tokenizer = Tokenizer::Create(vocabulary, {});
  for (const std::string letter : {"a", "\xC3\xB8"}) {
    std::string word;
    for (std::size_t size = 1; size <= 101; ++size) {
      word += letter;
      std::vector<std::int32_t> ids;
      tokenizer->Encode(word, ids);
      EXPECT_EQ(ids.size(), size <= 100 ? size + 2 : 3) << size << " of " << letter;
      EXPECT_EQ(ids[1] == 0, size > 100) << size << " of " << letter;
    }
  }
}

TEST(Tokenizer, CutsOnTheRightAndSaysSo) {
  Result<Tokenizer> tokenizer = Tokenizer::Create(kVocabulary, {.max_tokens = 4});
  std::vector<std::int32_t> ids;
  EXPECT_FALSE(tokenizer->Encode("he he ", ids));
  EXPECT_TRUE(tokenizer->Encode("he hello he", ids));
  EXPECT_THAT(ids, ElementsAre(2, 4, 4, 3, 2, 4, 6, 3));
}

TEST(Tokenizer, RefusesABadVocabularyNamingWhatItFound) {
  const auto refusal = [](std::string_view vocabulary) {
    return Tokenizer::Create(vocabulary, {}).status().message();
  };
  EXPECT_THAT(refusal(""), HasSubstr("empty"));
  EXPECT_THAT(refusal("[CLS]\n[SEP]\n"), HasSubstr("no [UNK]"));
  EXPECT_THAT(refusal("[UNK]\n[SEP]\n"), HasSubstr("no [CLS]"));
  EXPECT_THAT(refusal("[UNK]\n[CLS]\n"), HasSubstr("no [SEP]"));
  EXPECT_THAT(refusal("a\nb\na\n"), HasSubstr("\"a\" is on line 1 and on line 3"));
  EXPECT_THAT(refusal(std::string((1 << 20) + 1, '\n')), HasSubstr("more than 1048576 lines"));
  EXPECT_THAT(refusal(std::string(16'000'001, 'a')), HasSubstr("is 16000001 bytes"));
}

}  // namespace
}  // namespace shoal
