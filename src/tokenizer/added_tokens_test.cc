#include "tokenizer/added_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace shoal {
namespace {

using testing::ElementsAre;

// "id:begin-end" of every match.
std::vector<std::string> Matches(const std::vector<AddedToken>& tokens, std::string_view text,
                                 bool special_as_text = false) {
  AddedTokens added(special_as_text);
  for (const AddedToken& token : tokens) added.Insert(token);
  std::vector<std::string> found;
  std::size_t position = 0;
  std::size_t taken = 0;
  while (const auto match = added.Next(text, &position, taken)) {
    found.push_back(std::to_string(match->id) + ":" + std::to_string(match->begin) + "-" +
                    std::to_string(match->end));
    taken = match->end;
  }
  return found;
}

TEST(AddedTokens, TakesTheLeftmostAndOfThoseTheLongest) {
  const std::vector<AddedToken> tokens = {{"ab", 1}, {"abcd", 2}, {"bcde", 3}};
  EXPECT_THAT(Matches(tokens, "abcde"), ElementsAre("2:0-4"));
  EXPECT_THAT(Matches(tokens, "abc abbcde"), ElementsAre("1:0-2", "1:4-6", "3:6-10"));
  EXPECT_THAT(Matches(tokens, "a b c"), ElementsAre());
  EXPECT_THAT(Matches({}, "ab"), ElementsAre());
}

TEST(AddedTokens, KeepsASingleWordOutOfOtherWords) {
  const std::vector<AddedToken> tokens = {{.content = "ab", .id = 1, .single_word = true}};
  EXPECT_THAT(Matches(tokens,
                      "ab .ab- \xE2\x82\xAC"
                      "ab"),
              ElementsAre("1:0-2", "1:4-6", "1:11-13"));
  EXPECT_THAT(Matches(tokens,
                      "xab ab1 ab_ \xC3\xA9"
                      "ab ab\xCC\x81"),
              ElementsAre());
}

TEST(AddedTokens, ARejectedTokenHidesWhatBeginsInsideIt) {
  const std::vector<AddedToken> tokens = {{.content = "abc", .id = 1, .single_word = true},
                                          {.content = "bc", .id = 2}};
  EXPECT_THAT(Matches(tokens, "abcd bc"), ElementsAre("2:5-7"));
}

TEST(AddedTokens, TakesTheSpacesThatNoTokenTookBefore) {
  const std::vector<AddedToken> tokens = {{.content = "l", .id = 1, .lstrip = true},
                                          {.content = "r", .id = 2, .rstrip = true}};
  EXPECT_THAT(Matches(tokens, "x \xE2\x80\x83l y"), ElementsAre("1:1-6"));
  EXPECT_THAT(Matches(tokens, "r \t l"), ElementsAre("2:0-4", "1:4-5"));
}

TEST(AddedTokens, StepsOverSpecialOnesWhereTheyAreText) {
  const std::vector<AddedToken> tokens = {{.content = "[S]", .id = 1, .special = true},
                                          {.content = "S", .id = 2}};
  EXPECT_THAT(Matches(tokens, "[S]S"), ElementsAre("1:0-3", "2:3-4"));
  EXPECT_THAT(Matches(tokens, "[S]S", true), ElementsAre("2:3-4"));
}

TEST(AddedTokens, RefusesOneContentTwice) {
  AddedTokens added(false);
  EXPECT_TRUE(added.Insert({"ab", 1}));
  EXPECT_TRUE(added.Insert({"a", 2}));
  EXPECT_FALSE(added.Insert({"ab", 3}));
}

}  // namespace
}  // namespace shoal
