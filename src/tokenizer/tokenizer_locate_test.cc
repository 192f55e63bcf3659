// What is expected is what `tokenizers` 0.23.3 says, which counts characters, turned into bytes.
#include "tokenizer/tokenizer.h"

#include <gtest/gtest.h>

#include <string>

namespace shoal {
namespace {

// Ids:                            0     1     2     3     4     5   6     7   8 9 10
constexpr char kVocabulary[] =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\nhe\n##llo\nhello\n!\n[\n]\nsep\n\xE4\xB8\xAD\ne\n##e\ni\n"
    // 15: two of the three letters of a Korean syllable; 17: a mark that is kept
    "##\xE1\x85\xA1\n\xE1\x84\x92\n\xE1\xAD\x84\n##\xE1\xAD\x84\n";

TokenizerSpec Spec() { return BertTokenizerSpec(ReadVocabulary(kVocabulary).value(), true); }

// "ID@BEGIN-END ID@BEGIN-END".
std::string Written(const std::vector<TextToken>& tokens) {
  std::string written;
  for (const TextToken& token : tokens) {
    written += (written.empty() ? "" : " ") + std::to_string(token.id) + "@" +
               std::to_string(token.begin) + "-" + std::to_string(token.end);
  }
  return written;
}

std::string Located(std::string_view text, const TokenizerSpec& spec = Spec()) {
  std::vector<TextToken> tokens;
  EXPECT_TRUE(Tokenizer::Create(spec, {})->Locate(text, 1000, tokens));
  return Written(tokens);
}

TEST(TokenizerLocate, SaysWhereWordsAndTheirPiecesStand) {
  EXPECT_EQ(Located(""), "");
  EXPECT_EQ(Located(" \t"), "");
  EXPECT_EQ(Located("Hello!he"), "6@0-5 7@5-6 4@6-8");
  EXPECT_EQ(Located("HelloLLO he"), "6@0-5 5@5-8 4@9-11");
  EXPECT_EQ(Located("hello\xE2\x80\x83HELLO"), "6@0-5 6@8-13");
}

TEST(TokenizerLocate, GivesAnUnknownWordAllOfIt) {
  EXPECT_EQ(Located("hex!"), "1@0-3 7@3-4");
  EXPECT_EQ(Located(std::string(101, 'x') + " he"), "1@0-101 4@102-104");
  EXPECT_EQ(Located("\xF0\x9F\x98\x80 he"), "1@0-4 4@5-7");
}

TEST(TokenizerLocate, CountsBytesOfTheTextAsItWasGiven) {
  EXPECT_EQ(Located(" h\xC3\xA9llo "), "6@1-7");
  EXPECT_EQ(Located("\xC3\xA9\xC3\x89"), "12@0-2 13@2-4");
  EXPECT_EQ(Located("\xE4\xB8\xADhE\xE4\xB8\xAD"), "11@0-3 4@3-5 11@5-8");
  EXPECT_EQ(Located("\xC4\xB0"), "14@0-2");
  EXPECT_EQ(Located("\xED\x95\x98\xCC\x81!"), "16@0-3 15@0-3 7@5-6");
}

TEST(TokenizerLocate, LeavesOutWhatIsRemovedAtTheEndsOfAToken) {
  EXPECT_EQ(Located("he\xC2\xADllo\xE2\x80\x8B !"), "6@0-7 7@11-12");
  EXPECT_EQ(Located("h\xCC\x81"
                    "e\xCC\x81llo\xCC\x81!"),
            "6@0-9 7@11-12");
  EXPECT_EQ(Located("\xCC\x81\xC2\xADhe"), "4@4-6");
}

TEST(TokenizerLocate, GivesAMarkThatOvertakesAnotherTheOthersPlace) {
  EXPECT_EQ(Located("i\xCC\x81\xE1\xAD\x84!"), "14@0-1 18@1-3 7@6-7");
}

TEST(TokenizerLocate, FindsAddedTokensWithTheSpacesThatTheyTake) {
  EXPECT_EQ(Located("he[SEP]he"), "4@0-2 3@2-7 4@7-9");
  TokenizerSpec spec = Spec();
  spec.added.push_back({.content = "LL", .id = 20});
  spec.added.push_back({.content = "<s>", .id = 21, .lstrip = true, .rstrip = true});
  spec.added.push_back({.content = "H\xC3\xA9L", .id = 22, .normalized = true});
  EXPECT_EQ(Located("heLLhe", spec), "4@0-2 20@2-4 4@4-6");
  EXPECT_EQ(Located("he  <s> \t he", spec), "4@0-2 21@2-10 4@10-12");
  EXPECT_EQ(Located("!hE\xCC\x81L\xC2\xADlo HEL", spec), "7@0-1 22@1-6 1@8-10 22@11-14");
}

TEST(TokenizerLocate, StopsBehindAsManyTokensAsAreWanted) {
  const Tokenizer tokenizer = Tokenizer::Create(Spec(), {.max_tokens = 3}).value();
  std::vector<TextToken> tokens;
  EXPECT_TRUE(tokenizer.Locate("he he he", 3, tokens));  // max_tokens is of no account
  EXPECT_TRUE(tokenizer.Locate("!", 4, tokens));
  EXPECT_EQ(Written(tokens), "4@0-2 4@3-5 4@6-8 7@0-1");
  EXPECT_FALSE(tokenizer.Locate("he he he he", 5, tokens));
  EXPECT_EQ(tokens.size(), 6u);
}

TEST(TokenizerLocate, NamesWhatStandsAroundAText) {
  const Tokenizer tokenizer = Tokenizer::Create(Spec(), {}).value();
  EXPECT_EQ(tokenizer.first(), (SpecialToken{.id = 2, .text = "[CLS]"}));
  EXPECT_EQ(tokenizer.last(), (SpecialToken{.id = 3, .text = "[SEP]"}));
}

}  // namespace
}  // namespace shoal
