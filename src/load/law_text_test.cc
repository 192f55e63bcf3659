#include "load/law_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<LawParameter> kForm = {
    {.name = "on", .kind = LawParameter::Kind::kDuration, .min = 1000, .max = 1e7},
    {.name = "depth", .max = 1, .otherwise = 0.5}};

std::string MessageOf(std::string_view rest) {
  return ReadLawParameters(rest, kForm).status().message();
}

TEST(LawText, IsANameAndWhatStandsBehindTheColon) {
  EXPECT_EQ(SplitLaw("gamma:shape=2").name, "gamma");
  EXPECT_EQ(SplitLaw("gamma:shape=2").rest, "shape=2");
  EXPECT_EQ(SplitLaw("replay:a:b").rest, "a:b");
  EXPECT_EQ(SplitLaw("poisson").name, "poisson");
  EXPECT_EQ(SplitLaw("poisson").rest, "");
}

TEST(LawText, HasItsParametersInAnyOrder) {
  EXPECT_THAT(*ReadLawParameters("depth=0.25,on=20ms", kForm), ElementsAre(20'000, 0.25));
  EXPECT_THAT(*ReadLawParameters("on=1s", kForm), ElementsAre(1e6, 0.5));
}

TEST(LawText, SaysWhatWasFoundAndWhatIsAccepted) {
  EXPECT_THAT(MessageOf("off=1s"),
              HasSubstr("found \"off=1s\", accepted on=a duration like 500ms or 5s from 0.001s to "
                        "10s, depth=a number from 0 to 1"));
  EXPECT_THAT(MessageOf("on=5"), HasSubstr("found \"on=5\", accepted on=a duration"));
  EXPECT_THAT(MessageOf("on=1s,depth=2"), HasSubstr("found \"depth=2\", accepted depth=a number"));
  EXPECT_THAT(MessageOf("on=1s,on=2s"), HasSubstr("found on twice"));
  EXPECT_THAT(MessageOf(""), HasSubstr("found no on=a duration"));
  EXPECT_THAT(MessageOf("on"), HasSubstr("found \"on\""));
}

}  // namespace
}  // namespace shoal
