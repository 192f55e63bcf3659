#include "process/cpu_affinity.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <thread>

namespace shoal {
namespace {

TEST(CpuAffinity, ASlotBeyondTheLastCoreStartsOver) {
  const std::vector<int> cores = AffinityCores().value();
  std::thread([&] {
    EXPECT_EQ(PinThisThread(cores.size() + cores.size() - 1).value(), cores.back());
    EXPECT_EQ(AffinityCores().value(), std::vector<int>{cores.back()});
  }).join();
  EXPECT_EQ(AffinityCores().value(), cores) << "only the thread that asked is pinned";
}

TEST(CpuAffinity, NiceBelongsToTheThread) {
  const int before = ::getpriority(PRIO_PROCESS, 0);
  std::thread([&] {
    EXPECT_TRUE(SetThreadNice(before + 1).ok());
    EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())), before + 1);
  }).join();
  EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), before);
}

}  // namespace
}  // namespace shoal
