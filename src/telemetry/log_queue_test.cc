#include "telemetry/log_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace shoal {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> TakeFrom(LogQueue& queue) {
  LineStore lines = queue.EmptyStore();
  queue.Take(lines);
  std::vector<std::string> taken;
  for (std::size_t i = 0; i < lines.size(); ++i) taken.emplace_back(lines[i].json);
  return taken;
}

TEST(LogQueue, GivesAllThatIsThereAtOnce) {
  LogQueue queue(milliseconds(0));
  queue.Add({.json = "a"});
  queue.Add({.json = "b"});
  EXPECT_EQ(queue.size(), 2u);
  EXPECT_THAT(TakeFrom(queue), ElementsAre("a", "b"));
  EXPECT_EQ(queue.size(), 0u);
}

TEST(LogQueue, CountsWhatItHadNoRoomFor) {
  LogQueue queue(milliseconds(0), 2, 10);
  for (const char* line : {"a", "b", "c", "longer than all of it"}) queue.Add({.json = line});
  EXPECT_EQ(queue.overrun(), 2u);
  EXPECT_THAT(TakeFrom(queue), ElementsAre("b", "c"));
}

TEST(LogQueue, TheWriterIsNotLeftToLingerOnceHalfTheRoomIsUsed) {
  LogQueue queue(hours(1), 4, 100);
  queue.Add({.json = "the first is taken at once"});
  EXPECT_THAT(TakeFrom(queue), SizeIs(1));
  queue.Add({.json = "a"});
  std::thread logs([&queue] { queue.Add({.json = "b"}); });
  EXPECT_THAT(TakeFrom(queue), ElementsAre("a", "b"));
  logs.join();
}

TEST(LogQueue, AClosedOneGivesTheRestAndTakesNoMore) {
  LogQueue queue(hours(1));
  queue.Add({.json = "a"});
  queue.Close();
  queue.Add({.json = "b"});
  EXPECT_THAT(TakeFrom(queue), ElementsAre("a"));
  LineStore lines = queue.EmptyStore();
  EXPECT_FALSE(queue.Take(lines));
  EXPECT_EQ(queue.overrun(), 0u);
}

TEST(LogQueue, WhoWaitsIsWokenByTheFirstLineAndByTheEnd) {
  LogQueue queue(milliseconds(0));
  std::thread logs([&queue] {
    queue.Add({.json = "a"});
    queue.Close();
  });
  EXPECT_THAT(TakeFrom(queue), ElementsAre("a"));
  EXPECT_THAT(TakeFrom(queue), IsEmpty());
  logs.join();
}

}  // namespace
}  // namespace shoal
