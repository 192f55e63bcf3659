#include "coordinator/fingerprint.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace shoal {
namespace {

TEST(Fingerprinter, GivesTheSameTextTheSameName) {
  const std::vector<std::int32_t> text = {101, 7592, 102};
  EXPECT_EQ(Fingerprinter(7).Of(text), Fingerprinter(7).Of(text));
}

TEST(Fingerprinter, GivesTextsOfEveryLengthNamesOfTheirOwn) {
  const Fingerprinter fingerprinter(7);
  std::set<std::uint64_t> names;
  std::vector<std::int32_t> text;
  for (std::int32_t i = 0; i < 600; ++i) {
    names.insert(fingerprinter.Of(text));
    text.push_back(i % 3);
  }
  EXPECT_EQ(names.size(), 600u);
  EXPECT_FALSE(names.contains(0));
}

TEST(Fingerprinter, AnotherKeyGivesOtherNames) {
  const std::vector<std::int32_t> text(300, 5);
  EXPECT_NE(Fingerprinter(7).Of(text), Fingerprinter(8).Of(text));
}

}  // namespace
}  // namespace shoal
