#include "telemetry/log_writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "base/descriptor.h"

namespace shoal {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class LogWriterTest : public testing::Test {
 protected:
  LogWriterTest() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    reader_ = Descriptor(ends[0]);
    writer_ = Descriptor(ends[1]);
  }
  // All that is written until the end.
  std::string Read() {
    writer_.Close();
    std::string all;
    char bytes[4096];
    for (ssize_t count; (count = read(reader_.get(), bytes, sizeof bytes)) > 0;) {
      all.append(bytes, static_cast<std::size_t>(count));
    }
    return all;
  }

  Descriptor reader_, writer_;
};

TEST_F(LogWriterTest, WritesWhatIsQueuedBeforeItEnds) {
  LogQueue queue(std::chrono::hours(1));
  std::optional<LogWriter> writer(std::in_place, queue, LogWriter::Options{.fd = writer_.get()});
  std::string expected;
  for (int i = 0; i < 2000; ++i) {
    const std::string line = "{" + std::to_string(i) + "}";
    queue.Add({.json = line});
    expected += line + "\n";
  }
  writer.reset();
  EXPECT_EQ(Read(), expected);
}

TEST_F(LogWriterTest, PeopleGetTheirLineAndTheRingTheOther) {
  LogQueue queue;
  LogRing ring;
  {
    LogWriter writer(queue, {.fd = writer_.get(), .json = false, .kept = &ring});
    queue.Add({LogLevel::kWarn, "a.b", "{json}", "console"});
  }
  EXPECT_EQ(Read(), "console\n");
  const LogPage page = ring.Find({});
  ASSERT_EQ(page.lines.size(), 1u);
  EXPECT_EQ(page.lines[0].json, "{json}");
  EXPECT_EQ(page.lines[0].event, "a.b");
}

TEST_F(LogWriterTest, SaysHowManyLinesTheQueueHadNoRoomFor) {
  LogQueue queue(std::chrono::milliseconds(10), 2, 1000);
  for (const char* line : {"a", "b", "c", "d", "e"}) queue.Add({.json = line});
  std::uint64_t lost = 0;
  {
    const LogWriter writer(queue, {.fd = writer_.get(), .identity = LogIdentity("serve", "", "")});
    lost = writer.lost();
  }
  EXPECT_EQ(lost, 3u);
  const std::string all = Read();
  EXPECT_THAT(all, StartsWith("d\ne\n{\"ts\":"));
  EXPECT_THAT(all, HasSubstr(R"("event":"log.dropped")"));
  EXPECT_THAT(all, EndsWith("\"role\":\"serve\",\"count\":3}\n"));
}

TEST_F(LogWriterTest, TheRingKeepsWhatCouldNotBeWritten) {
  const Descriptor full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  LogQueue queue;
  LogRing ring;
  {
    LogWriter writer(queue, {.fd = full.get(), .kept = &ring});
    queue.Add({.json = "{a}"});
  }
  EXPECT_EQ(ring.Find({}).newest, 1u);
}

}  // namespace
}  // namespace shoal
