#include "model/sha256.h"

#include <gtest/gtest.h>

#include "model/temporary_folder.h"

namespace shoal {
namespace {

TEST(Sha256, GivesTheSumsOfTheStandard) {
  EXPECT_EQ(Sha256Of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, DoesNotDependOnThePieces) {
  const std::string text(3'000'001, 'x');
  Sha256 sum;
  sum.Update(std::string_view(text).substr(0, 7));
  EXPECT_EQ(sum.Sum(), Sha256Of(std::string_view(text).substr(0, 7)));
  sum.Update(std::string_view(text).substr(7));
  EXPECT_EQ(sum.Sum(), Sha256Of(text));
  EXPECT_EQ(sum.Finish(), Sha256Of(text));

  const TemporaryFolder folder;
  const auto file = SumOfFile(folder.Write("f", text)).value();
  EXPECT_EQ(file, (FileSum{.size = text.size(), .sha256 = Sha256Of(text)}));
}

TEST(Sha256, AMissingFileIsNotFound) {
  EXPECT_EQ(SumOfFile("/nowhere/at/all").status().code(), StatusCode::kNotFound);
  EXPECT_FALSE(SumOfFile("/").ok());
}

}  // namespace
}  // namespace shoal
