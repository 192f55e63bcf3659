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

TokenizerSpec Spec(bool lower_case = true) {
  return BertTokenizerSpec(ReadVocabulary(kVocabulary).value(), lower_case);
}

std::vector<std::int32_t> Ids(std::string_view text, const TokenizerOptions& options = {},
                              const TokenizerSpec& spec = Spec()) {
  Result<Tokenizer> tokenizer = Tokenizer::Create(spec, options);
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
  EXPECT_THAT(Ids("Hello hello h\xC3\xA9", {}, Spec(false)), ElementsAre(2, 1, 6, 1, 3));
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

TEST(Tokenizer, CutsOnTheLeftOnDemand) {
  Result<Tokenizer> tokenizer = Tokenizer::Create(kVocabulary, {.max_tokens = 5});
  std::vector<std::int32_t> ids = {-7};
  EXPECT_FALSE(tokenizer->Encode("he ! he", ids, CutSide::kLeft));
  EXPECT_THAT(ids, ElementsAre(-7, 2, 4, 7, 4, 3));
  ids = {-7};
  EXPECT_TRUE(tokenizer->Encode("! ! ! he[SEP]hellollo", ids, CutSide::kLeft));
  EXPECT_THAT(ids, ElementsAre(-7, 2, 3, 6, 5, 3));
}

TEST(Tokenizer, HoldsFewPiecesOfALongTextThatItCutsOnTheLeft) {
  Result<Tokenizer> tokenizer = Tokenizer::Create(kVocabulary, {.max_tokens = 5});
  for (const std::string sign : {"!", "\xE4\xB8\xAD", "[SEP]"}) {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += sign;
    std::vector<std::int32_t> ids;
    EXPECT_TRUE(tokenizer->Encode(text + "he", ids, CutSide::kLeft));
    ASSERT_EQ(ids.size(), 5u);
    EXPECT_EQ(ids[1], ids[2]);
    EXPECT_EQ(ids[3], 4);
    EXPECT_LE(ids.capacity(), 20u) << sign;
  }
}

TEST(Tokenizer, FindsAddedTokensBeforeItSplitsWords) {
  TokenizerSpec spec = Spec();
  spec.added.push_back({.content = "LL", .id = 20});
  EXPECT_THAT(Ids("heLLhe hello", {}, spec), ElementsAre(2, 4, 20, 4, 6, 3));
  EXPECT_THAT(Ids("LLLL", {.max_tokens = 3}, spec), ElementsAre(2, 20, 3));
}

TEST(Tokenizer, FindsNormalizedTokensInTheNormalisedText) {
  TokenizerSpec spec = Spec();
  spec.added.push_back({.content = "H\xC3\x89L", .id = 20, .normalized = true});
  EXPECT_THAT(Ids("hel hE\xCC\x81LHELLO", {}, spec), ElementsAre(2, 20, 20, 20, 1, 3));
  EXPECT_THAT(Ids("H\xC3\x89llo! he[SEP]he", {}, spec), ElementsAre(2, 20, 1, 7, 4, 3, 4, 3));
}

TEST(Tokenizer, LeavesAddedSpecialTokensAsTextOnDemand) {
  TokenizerSpec spec = Spec();
  spec.added.push_back({.content = "!he", .id = 20, .special = true});
  spec.added.push_back({.content = "!!", .id = 21});
  EXPECT_THAT(Ids("!he!!", {}, spec), ElementsAre(2, 20, 21, 3));
  EXPECT_THAT(Ids("!he!!", {.special_tokens_as_text = true}, spec), ElementsAre(2, 7, 4, 21, 3));
}

TEST(Tokenizer, StripsAccentsAndCaseApart) {
  TokenizerSpec spec = Spec();
  spec.vocabulary = {{"[UNK]", 1}, {"[CLS]", 2}, {"[SEP]", 3},    {"he", 4},
                     {"H", 5},     {"h", 6},     {"\xC3\xA9", 7}, {"i\xCC\x87", 8}};
  spec.strip_accents = false;
  EXPECT_THAT(Ids("H \xC3\x89 \xC4\xB0", {}, spec), ElementsAre(2, 6, 7, 8, 3));
  spec.lower_case = false;
  EXPECT_THAT(Ids("H h \xC3\xA9", {}, spec), ElementsAre(2, 5, 6, 7, 3));
  spec.strip_accents = true;
  EXPECT_THAT(Ids("H\xCC\x81 h\xC3\xA9", {}, spec), ElementsAre(2, 5, 4, 3));
}

TEST(Tokenizer, LeavesIdeographsInTheirWordsWhereItIsTold) {
  TokenizerSpec spec = Spec();
  EXPECT_THAT(Ids("\xE4\xB8\xAD\xE4\xB8\xAD", {}, spec), ElementsAre(2, 11, 11, 3));
  spec.split_ideographs = false;
  EXPECT_THAT(Ids("\xE4\xB8\xAD\xE4\xB8\xAD", {}, spec), ElementsAre(2, 1, 3));
}

TEST(Tokenizer, TakesTheLongestWordThatItsSpecificationAllows) {
  TokenizerSpec spec = Spec();
  spec.max_word_characters = 4;
  EXPECT_THAT(Ids("hello he             ", {}, spec), ElementsAre(2, 1, 4, 3));
  spec.max_word_characters = 200;
  spec.vocabulary.push_back({std::string(150, 'x'), 30});
  EXPECT_THAT(Ids(std::string(150, 'x'), {}, spec), ElementsAre(2, 30, 3));
}

TEST(Tokenizer, RefusesAddedTokensThatNormalisedAreNothingOrTheSame) {
  const auto refusal = [](const std::vector<std::string>& contents) {
    TokenizerSpec spec = Spec();
    for (const std::string& content : contents) {
      spec.added.push_back({.content = content, .id = 20, .normalized = true});
    }
    return Tokenizer::Create(spec, {}).status().message();
  };
  EXPECT_THAT(refusal({"\xE2\x80\x8B"}), HasSubstr("is empty once it is normalised"));
  EXPECT_THAT(refusal({"ab", "AB"}), HasSubstr("\"AB\": is the same as another once"));
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
