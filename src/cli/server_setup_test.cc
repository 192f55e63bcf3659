#include "cli/server_setup.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(AsWorkerName, KeepsANameAndReplacesTheBytesThatNoNameHas) {
  EXPECT_EQ(AsWorkerName("node-7.rack_2.Example"), "node-7.rack_2.Example");
  EXPECT_EQ(AsWorkerName("caf\xE9 \"x\"\n"), "caf---x--");
  EXPECT_EQ(AsWorkerName(""), "localhost");
}

constexpr CpuShare kWhole = {.cores = 4, .quota = std::nullopt};
constexpr CpuShare kLimited = {.cores = 4, .quota = 3.5};

TEST(Pinning, AWorkerThatFillsTheMachinePinsUnlessAQuotaStopsItsCores) {
  EXPECT_TRUE(PinsThreads("auto", 4, kWhole));
  EXPECT_FALSE(PinsThreads("auto", 1, kWhole));
  EXPECT_FALSE(PinsThreads("auto", 4, kLimited));
}

TEST(Pinning, TheWorkersOfAServePinUnlessAQuotaStopsTheirCores) {
  EXPECT_EQ(PinOfWorkers("auto", kWhole), "on");
  EXPECT_EQ(PinOfWorkers("auto", kLimited), "off");
}

TEST(Pinning, OnAndOffMeanWhatTheySay) {
  EXPECT_TRUE(PinsThreads("on", 1, kLimited));
  EXPECT_FALSE(PinsThreads("off", 4, kWhole));
  EXPECT_EQ(PinOfWorkers("on", kLimited), "on");
  EXPECT_EQ(PinOfWorkers("off", kWhole), "off");
}

}  // namespace
}  // namespace shoal
