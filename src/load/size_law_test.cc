#include "load/size_law.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace shoal {
namespace {

using testing::HasSubstr;

constexpr int kDraws = 100'000;

std::map<std::size_t, int> Drawn(std::string_view text) {
  const Result<SizeLaw> law = SizeLaw::Parse(text, 2, 1000);
  EXPECT_TRUE(law.ok()) << law.status().message();
  Rng rng(5);
  std::map<std::size_t, int> counts;
  for (int i = 0; i < kDraws; ++i) ++counts[law->Draw(rng)];
  return counts;
}

double MeanOf(const std::map<std::size_t, int>& counts) {
  double sum = 0;
  for (const auto& [size, count] : counts) sum += static_cast<double>(size) * count;
  return sum / kDraws;
}

TEST(SizeLaw, OfANumberIsAlwaysThisOne) {
  EXPECT_THAT(Drawn("32"), testing::ElementsAre(testing::Pair(32, kDraws)));
}

TEST(SizeLaw, OfARangeDrawsEachSizeAlike) {
  const auto counts = Drawn("uniform:3-12");
  EXPECT_EQ(counts.size(), 10u);
  for (const auto& [size, count] : counts) EXPECT_NEAR(count, kDraws / 10, 500) << size;
}

TEST(SizeLaw, OfALogNormalHasItsMeanAndItsEnd) {
  EXPECT_NEAR(MeanOf(Drawn("lognormal:mean=40,sigma=0.5")), 40, 0.5);
  const auto cut = Drawn("lognormal:mean=32,sigma=0.8,max=64");
  EXPECT_EQ(cut.rbegin()->first, 64u);
  EXPECT_GE(cut.begin()->first, 2u);
}

TEST(SizeLaw, OfAChoiceDrawsByWeight) {
  const auto counts = Drawn("choice:2=9,32=1,7=0");
  EXPECT_NEAR(counts.at(2), kDraws * 0.9, 500);
  EXPECT_NEAR(counts.at(32), kDraws * 0.1, 500);
  EXPECT_EQ(counts.count(7), 0u);
}

TEST(SizeLaw, SaysWhatIsAccepted) {
  const auto message = [](std::string_view text) {
    return SizeLaw::Parse(text, 2, 1000).status().message();
  };
  EXPECT_THAT(message("many"), HasSubstr("found \"many\", accepted an integer from 2 to 1000, "
                                         "uniform:1-64, lognormal:"));
  EXPECT_THAT(message("1"), HasSubstr("found \"1\", accepted an integer from 2 to 1000"));
  EXPECT_THAT(message("uniform:5"), HasSubstr("found \"5\", accepted LEAST-MOST"));
  EXPECT_THAT(message("uniform:9-5"), HasSubstr("the smaller one first"));
  EXPECT_THAT(message("choice:5"), HasSubstr("found \"5\", accepted SIZE=WEIGHT"));
  EXPECT_THAT(message("choice:1=1"), HasSubstr("found \"1\", accepted an integer from 2"));
  EXPECT_THAT(message("choice:5=0"), HasSubstr("found weights of 0 alone"));
  EXPECT_THAT(message("lognormal:sigma=1"), HasSubstr("found no mean=a number from 2 to 1000"));
}

}  // namespace
}  // namespace shoal
