#include "embed/batch_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::vector<std::size_t>> Plan(std::vector<std::uint32_t> lengths,
                                           std::size_t max_tokens) {
  return PlanBatches(lengths, max_tokens);
}

TEST(BatchPlan, FillsBatchesLongestFirstUpToTheBudget) {
  EXPECT_THAT(Plan({10, 60, 40, 30}, 100), ElementsAre(ElementsAre(1, 2), ElementsAre(3, 0)));
}

TEST(BatchPlan, ATextOverTheBudgetGoesAlone) {
  EXPECT_THAT(Plan({5, 250, 5}, 100), ElementsAre(ElementsAre(1), ElementsAre(0, 2)));
}

TEST(BatchPlan, TextsOfOneLengthKeepTheirOrder) {
  EXPECT_THAT(Plan({3, 3, 3}, 6), ElementsAre(ElementsAre(0, 1), ElementsAre(2)));
}

TEST(BatchPlan, NoTextsAreNoBatches) { EXPECT_THAT(Plan({}, 100), IsEmpty()); }

}  // namespace
}  // namespace shoal
