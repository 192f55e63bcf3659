#include "process/standard_streams.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace shoal {
namespace {

// Closes `fd`, opens the streams, and ends with 0 if `of_use` says no for the reason EBADF.
int EndsWithout(int fd, bool (*of_use)(int fd)) {
  const pid_t child = fork();
  if (child == 0) {
    close(fd);
    if (!OpenStandardStreams()) _exit(2);
    _exit(!of_use(fd) && errno == EBADF ? 0 : 1);
  }
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

bool Writes(int fd) { return write(fd, "x", 1) == 1; }
bool Reads(int fd) {
  char byte = 0;
  return read(fd, &byte, 1) >= 0;
}
bool LeavesItsNumber(int fd) {
  const bool left = dup(STDERR_FILENO) == fd;
  errno = EBADF;
  return left;
}

TEST(StandardStreams, AClosedOneIsOpenAndOfNoUse) {
  EXPECT_EQ(EndsWithout(STDIN_FILENO, Reads), 0);
  EXPECT_EQ(EndsWithout(STDOUT_FILENO, Writes), 0);
  EXPECT_EQ(EndsWithout(STDERR_FILENO, Writes), 0);
}

TEST(StandardStreams, NothingElseGetsTheNumberOfAClosedOne) {
  EXPECT_EQ(EndsWithout(STDIN_FILENO, LeavesItsNumber), 0);
  EXPECT_EQ(EndsWithout(STDOUT_FILENO, LeavesItsNumber), 0);
}

TEST(StandardStreams, APipeThatNobodyReadsIsAnError) {
  ASSERT_TRUE(OpenStandardStreams());
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  EXPECT_FALSE(Writes(ends[1]));
  EXPECT_EQ(errno, EPIPE);
  close(ends[1]);
}

}  // namespace
}  // namespace shoal
