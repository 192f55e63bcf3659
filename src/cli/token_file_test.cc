#include "cli/token_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"

namespace shoal {
namespace {

using std::filesystem::perms;
using testing::HasSubstr;

class TokenFile : public testing::Test {
 protected:
  std::string Write(std::string_view content, perms mode = perms::owner_read) {
    std::filesystem::remove(path_);
    EXPECT_TRUE(WriteFileAtomically(path_, content).ok());
    std::filesystem::permissions(path_, mode);
    return path_;
  }

  const std::string path_ = testing::TempDir() + "token_file_test";
};

TEST_F(TokenFile, HoldsALineOfPrintableAscii) {
  EXPECT_EQ(ReadOperatorToken(Write("secret\n")).value(), "secret");
  EXPECT_EQ(ReadOperatorToken(std::string()).value(), "");
  for (const char* const content : {"", "\n", "two words\n", "caf\xC3\xA9"}) {
    EXPECT_FALSE(ReadOperatorToken(Write(content)).ok()) << content;
  }
}

TEST_F(TokenFile, OfAnOperatorIsNotForAllAccounts) {
  const perms owner = perms::owner_read | perms::owner_write;
  for (const perms open : {perms::others_read, perms::others_write}) {
    const auto token = ReadOperatorToken(Write("secret", owner | open));
    ASSERT_FALSE(token.ok());
    EXPECT_THAT(token.status().message(), HasSubstr("chmod o-rw"));
  }
  EXPECT_TRUE(ReadOperatorToken(Write("secret", owner | perms::group_read)).ok());
}

TEST_F(TokenFile, ThatIsMissingIsNamed) {
  const auto token = ReadOperatorToken("/nowhere/token");
  ASSERT_FALSE(token.ok());
  EXPECT_THAT(token.status().message(), HasSubstr("--operator-token-file"));
  EXPECT_THAT(token.status().message(), HasSubstr("/nowhere/token"));
}

}  // namespace
}  // namespace shoal
