#include "model/added_token_ids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<VocabularyToken> kVocabulary = {{"a", 0}, {"b", 1}, {"c", 2}};

TokenToAdd Plain(const std::string& content, std::optional<std::int64_t> stated_id = {}) {
  return {.token = {.content = content}, .stated_id = stated_id, .where = "f: added_tokens[0] "};
}

std::string Refusal(const std::vector<TokenToAdd>& tokens) {
  AddedTokenIds ids(kVocabulary, 5);
  return ids.Add(tokens).message();
}

TEST(AddedTokenIds, NumbersBehindTheVocabularyInTurn) {
  AddedTokenIds ids(kVocabulary, 10);
  EXPECT_TRUE(ids.Add({Plain("y"), Plain("b"), Plain("x", 4), Plain("y")}).ok());
  EXPECT_TRUE(ids.Add({Plain("z")}).ok());
  EXPECT_EQ(ids.Find("y"), 3);
  EXPECT_EQ(ids.Find("x"), 4);
  EXPECT_EQ(ids.Find("z"), 5);
  EXPECT_EQ(ids.Find("c"), 2);
  EXPECT_EQ(ids.Find("q"), std::nullopt);
  EXPECT_EQ(ids.InOrder().front().content, "b");
  EXPECT_EQ(ids.InOrder().size(), 4u);
}

TEST(AddedTokenIds, LaterFlagsWinButSpecialStays) {
  AddedTokenIds ids(kVocabulary, 10);
  ASSERT_TRUE(ids.Add({{.token = {.content = "x", .special = true}}}).ok());
  EXPECT_FALSE(ids.InOrder()[0].normalized);
  ASSERT_TRUE(ids.Add({{.token = {.content = "x", .lstrip = true}}}).ok());
  EXPECT_THAT(ids.InOrder(),
              ElementsAre(AddedToken{
                  .content = "x", .id = 3, .lstrip = true, .normalized = true, .special = true}));
}

TEST(AddedTokenIds, RefusesIdsByName) {
  EXPECT_EQ(Refusal({Plain("x"), Plain("y")}), "");
  EXPECT_EQ(Refusal({Plain("x"), Plain("y"), Plain("z")}),
            "f: added_tokens[0] is \"z\", which has id 5, expected less than vocab_size of "
            "config.json, 5");
  EXPECT_EQ(Refusal({Plain("x", 4)}),
            "f: added_tokens[0] is \"x\", which has id 3, expected the id that is stated, 4: added "
            "tokens keep the id of the vocabulary, or follow behind it");
  EXPECT_THAT(Refusal({Plain("b", 3)}), HasSubstr("\"b\", which has id 1, expected the id"));
  const std::vector<VocabularyToken> with_gap = {{"a", 0}, {"c", 2}};
  AddedTokenIds late(with_gap, 5);
  EXPECT_THAT(late.Add({Plain("x"), Plain("c")}).message(),
              HasSubstr("expected another than that of \"x\""));
  EXPECT_THAT(Refusal({Plain(std::string(4'000'001, 'x'))}), HasSubstr("more than 4000000 bytes"));
}

TEST(AddedTokenIds, LeavesOutWhatNoFileNamesAndTheModelHasNoRowFor) {
  AddedTokenIds ids(kVocabulary, 3);
  EXPECT_TRUE(ids.Add({{.token = {.content = "[MASK]"}, .in_no_file = true}}).ok());
  EXPECT_TRUE(ids.InOrder().empty());
}

}  // namespace
}  // namespace shoal
