#include "config/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/options.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Help, ListsEveryCommand) {
  for (const CommandInfo& command : kCommands) {
    EXPECT_THAT(HelpOverview(), HasSubstr(std::string(command.name)));
  }
}

TEST(Help, ListsTheFlagsOfTheCommandWithDefaultsAndVariables) {
  const std::string help = HelpFor({For::kEmbed, "embed", "[TEXT...]", "embeds"});
  EXPECT_THAT(help, HasSubstr("Usage: shoal embed [TEXT...] [FLAGS]"));
  EXPECT_THAT(help, HasSubstr("--threads N"));
  EXPECT_THAT(help, HasSubstr("(default 0, SHOAL_THREADS)"));
  EXPECT_THAT(help, HasSubstr("--precision auto|bf16|fp32|int8"));
  EXPECT_THAT(help, Not(HasSubstr("--workers")));
}

TEST(Completion, KnowsCommandsFlagsAndChoicesInEveryShell) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Result<std::string> script = CompletionScript(shell);
    ASSERT_TRUE(script.ok());
    EXPECT_THAT(*script, HasSubstr("tokenize"));
    EXPECT_THAT(*script, HasSubstr("special-tokens-as-text"));
    EXPECT_THAT(*script, HasSubstr("auto text jsonl"));
  }
}

TEST(Completion, OfACommandThatBeginsAnotherOffersItsFlagsAndTheSecondWord) {
  const std::string script = *CompletionScript("bash");
  EXPECT_LT(script.find("\"load compare\"*)"), script.find("\"load \"*)"));
  EXPECT_THAT(script, HasSubstr("\"2 load\") words+=\" compare\""));
}

TEST(Completion, RefusesOtherShellsByName) {
  EXPECT_EQ(CompletionScript("csh").status().message(),
            "found \"csh\", accepted bash, zsh or fish");
}

}  // namespace
}  // namespace shoal
