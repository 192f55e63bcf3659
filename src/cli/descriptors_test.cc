#include "cli/descriptors.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(LeastDescriptors, GrowWithTheWorkersOfAServeAndTheConnectionsOfALoad) {
  EXPECT_EQ(LeastDescriptors(For::kServe, 3), LeastDescriptors(For::kServe, 1) + 6);
  EXPECT_EQ(LeastDescriptors(For::kLoad, 30), LeastDescriptors(For::kLoad, 10) + 20);
}

TEST(LeastDescriptors, OfAServeAreEnoughForItsWorkers) {
  EXPECT_GE(LeastDescriptors(For::kServe, 1), LeastDescriptors(For::kWorker, 0));
}

TEST(LeastDescriptors, AreFewerForAClientAndNoneWithoutRpc) {
  EXPECT_LT(LeastDescriptors(For::kStatus, 0), LeastDescriptors(For::kCoordinator, 0));
  EXPECT_EQ(LeastDescriptors(For::kEmbed, 0), LeastDescriptors(For::kWorkersList, 0));
  EXPECT_EQ(LeastDescriptors(For::kTokenize, 0), 0u);
}

}  // namespace
}  // namespace shoal
