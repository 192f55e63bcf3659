#include "base/descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

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

TEST(Descriptor, LeavesOpenWhatItReleased) {
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(Descriptor(fd).Release(), fd);
  EXPECT_GE(::fcntl(fd, F_GETFD), 0);
  ::close(fd);
}

}  // namespace
}  // namespace shoal
