#include "coordinator/tokenize_texts.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

Tokenizer Small(int max_tokens) {
  auto tokenizer = Tokenizer::Create("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\n",
                                     {.max_tokens = max_tokens});
  return std::move(tokenizer).value();
}

TokenizedTexts Of(int max_tokens, std::string_view prompt, const EmbedRequest& request) {
  return TokenizeTexts(Small(max_tokens), Fingerprinter(1), prompt, request);
}

TEST(TokenizeTexts, PutsThemOneAfterTheOther) {
  const TokenizedTexts out = Of(8, "", {.texts = {"a b", "", "c"}});
  EXPECT_EQ(out.ids, (std::vector<std::int32_t>{2, 5, 6, 3, 2, 3, 2, 7, 3}));
  EXPECT_EQ(out.lengths, (std::vector<std::uint32_t>{4, 2, 3}));
  EXPECT_EQ(out.offsets, (std::vector<std::size_t>{0, 4, 6}));
  EXPECT_EQ(out.truncated, 0u);
}

TEST(TokenizeTexts, PutsThePromptInFront) {
  const TokenizedTexts out = Of(8, "c ", {.texts = {"a"}});
  EXPECT_EQ(out.ids, (std::vector<std::int32_t>{2, 7, 5, 3}));
}

TEST(TokenizeTexts, NamesEqualTextsAlike) {
  const TokenizedTexts out = Of(8, "", {.texts = {"a b", "c", "a  b"}});
  ASSERT_EQ(out.fingerprints.size(), 3u);
  EXPECT_EQ(out.fingerprints[0], out.fingerprints[2]);
  EXPECT_NE(out.fingerprints[0], out.fingerprints[1]);
}

TEST(TokenizeTexts, CountsWhatItCuts) {
  const TokenizedTexts out = Of(3, "", {.texts = {"a b c", "a"}});
  EXPECT_EQ(out.lengths, (std::vector<std::uint32_t>{3, 3}));
  EXPECT_EQ(out.truncated, 1u);
}

TEST(TokenizeTexts, CutsOnTheLeftWhatTheCallerWantsCutThere) {
  const TokenizedTexts out = Of(4, "c ", {.texts = {"a b c", "a"}, .truncate_left = true});
  EXPECT_EQ(out.ids, (std::vector<std::int32_t>{2, 6, 7, 3, 2, 7, 5, 3}));
  EXPECT_EQ(out.truncated, 1u);
}

TEST(TokenizeTexts, NamesTheTextThatMayNotBeCut) {
  const TokenizedTexts out = Of(3, "", {.texts = {"a", "a b"}, .truncate = false});
  ASSERT_TRUE(out.refusal.has_value());
  EXPECT_EQ(out.refusal->verdict, Verdict::kInputTooLong);
  EXPECT_EQ(out.refusal->message.rfind("texts[1] has more than 3 tokens", 0), 0u);
}

TEST(TokenizeTexts, NamesATextAsTheCallerDoes) {
  EmbedRequest request = {.texts = {"a b"}, .truncate = false, .texts_name = "input"};
  EXPECT_EQ(Of(3, "", request).refusal->message.rfind("input[0] has more than 3 tokens", 0), 0u);
  request.texts_are_list = false;
  EXPECT_EQ(Of(3, "", request).refusal->message.rfind("input has more than 3 tokens", 0), 0u);
}

TokenizeReply Located(std::string_view prompt, const TokenizeRequest& request) {
  return std::get<TokenizeReply>(LocateTokens(Small(3), prompt, request));
}

TEST(LocateTokens, GivesAllTokensAndWhatStandsAroundThem) {
  const TokenizeReply reply = Located("c ", {.texts = {"a b", ""}});
  EXPECT_EQ(reply.first, (SpecialToken{.id = 2, .text = "[CLS]"}));
  EXPECT_EQ(reply.last, (SpecialToken{.id = 3, .text = "[SEP]"}));
  ASSERT_EQ(reply.texts.size(), 2u);
  EXPECT_EQ(reply.texts[0].text, "c a b");
  EXPECT_EQ(reply.texts[0].tokens, (std::vector<TextToken>{{7, 0, 1}, {5, 2, 3}, {6, 4, 5}}));
  EXPECT_EQ(reply.texts[1].tokens, (std::vector<TextToken>{{7, 0, 1}}));
}

TEST(LocateTokens, LeavesSpecialTokensOutOnDemand) {
  const TokenizeReply reply = Located("", {.texts = {"a"}, .special_tokens = false});
  EXPECT_FALSE(reply.first.has_value());
  EXPECT_FALSE(reply.last.has_value());
  EXPECT_EQ(reply.texts[0].tokens, (std::vector<TextToken>{{5, 0, 1}}));
}

TEST(LocateTokens, RefusesMoreTokensThanAreWanted) {
  TokenizeRequest request = {.texts = {"a b", "c"}, .max_tokens = 7, .texts_name = "inputs"};
  EXPECT_EQ(Located("", request).texts.size(), 2u);
  for (const std::size_t most : {6u, 5u, 4u}) {
    request.max_tokens = most;
    const TokenizeOutcome outcome = LocateTokens(Small(3), "", request);
    ASSERT_TRUE(std::holds_alternative<Refusal>(outcome)) << most;
    const auto& refusal = std::get<Refusal>(outcome);
    EXPECT_EQ(refusal.verdict, Verdict::kReplyTooLarge);
    EXPECT_EQ(refusal.message.rfind("the answer up to inputs[1] has more than", 0), 0u)
        << refusal.message;
  }
  request.special_tokens = false;
  EXPECT_EQ(Located("", request).texts.size(), 2u);
}

}  // namespace
}  // namespace shoal
