#include "config/toml_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(TomlFile, GivesEveryKeyWithItsTypeAndLineInTheOrderOfTheFile) {
  const auto entries = ParseToml(
      "threads = 4\n# a comment\nmodel = \"m\"\ncoordinator = [\"a:1\", \"b:2\"]\n"
      "insecure_worker_link = true\n",
      "shoal.toml");
  ASSERT_TRUE(entries.ok()) << entries.status().message();
  ASSERT_EQ(entries->size(), 4u);
  EXPECT_EQ((*entries)[0].key, "threads");
  EXPECT_EQ((*entries)[0].type, FileValueType::kInteger);
  EXPECT_THAT((*entries)[0].values, ElementsAre("4"));
  EXPECT_EQ((*entries)[1].line, 3u);
  EXPECT_THAT((*entries)[2].values, ElementsAre("a:1", "b:2"));
  EXPECT_EQ((*entries)[3].type, FileValueType::kBoolean);
}

TEST(TomlFile, RefusalsNameFileAndLine) {
  const struct {
    const char* text;
    const char* message;
  } kCases[] = {
      {"threads = 4\nmodel = \n", "shoal.toml:2: "},
      {"threads = 1\nthreads = 2\n", "shoal.toml:2: "},
      {"[limits]\nx = 1\n", "shoal.toml:1: limits: found a table"},
      {"\nx = 1.5\n", "shoal.toml:2: x: found a floating-point"},
      {"x = [1, 2]\n", "shoal.toml:1: x: found a list with integer"},
  };
  for (const auto& [text, message] : kCases) {
    const auto entries = ParseToml(text, "shoal.toml");
    ASSERT_FALSE(entries.ok()) << text;
    EXPECT_EQ(entries.status().code(), StatusCode::kFailedPrecondition);
    EXPECT_THAT(entries.status().message(), HasSubstr(message));
  }
}

TEST(TomlFile, AMissingFileIsNamed) {
  const auto entries = ReadToml("/no/such/shoal.toml");
  ASSERT_FALSE(entries.ok());
  EXPECT_THAT(entries.status().message(), HasSubstr("/no/such/shoal.toml"));
}

}  // namespace
}  // namespace shoal
