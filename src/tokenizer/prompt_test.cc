#include "tokenizer/prompt.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

const std::map<std::string, std::string> kPrompts = {{"query", "query: "}, {"passage", "p: "}};

TEST(FindPrompt, TakesTheOneThatIsNamed) {
  EXPECT_EQ(FindPrompt(kPrompts, "query", "passage").text, "p: ");
}

TEST(FindPrompt, TakesTheDefaultWhereNoneIsNamed) {
  const PromptChoice choice = FindPrompt(kPrompts, "query", "");
  EXPECT_EQ(choice.name, "query");
  EXPECT_EQ(choice.text, "query: ");
}

TEST(FindPrompt, PutsNothingInFrontWhereNoneIsNamedAndThereIsNoDefault) {
  EXPECT_EQ(FindPrompt(kPrompts, "", "").text, "");
  EXPECT_EQ(FindPrompt({}, "", "").text, "");
}

TEST(FindPrompt, ListsThoseThereAreForAnUnknownName) {
  const PromptChoice choice = FindPrompt(kPrompts, "query", "other");
  EXPECT_EQ(choice.text, std::nullopt);
  EXPECT_EQ(choice.name, "other");
  EXPECT_EQ(choice.known, "passage, query");
  EXPECT_EQ(FindPrompt({}, "", "other").known, "");
}

}  // namespace
}  // namespace shoal
