#include "process/descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

TEST(Descriptor, ClosesWhatItOwnsOnce) {
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  {
    Descriptor owner(fd);
    Descriptor next = std::move(owner);
    EXPECT_EQ(next.get(), fd);
    EXPECT_GE(::fcntl(fd, F_GETFD), 0);
  }
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
}

TEST(PollTimeout, RoundsUpSoThatNobodySpins) {
  const std::chrono::steady_clock::time_point now{1h};
  EXPECT_EQ(PollTimeout(now, now), 0);
  EXPECT_EQ(PollTimeout(now, std::chrono::steady_clock::time_point::min()), 0);
  EXPECT_EQ(PollTimeout(now, now + 1ns), 1);
  EXPECT_EQ(PollTimeout(now, now + 20ms), 20);
  EXPECT_EQ(PollTimeout(now, std::chrono::steady_clock::time_point::max()), 60'000);
}

}  // namespace
}  // namespace shoal
