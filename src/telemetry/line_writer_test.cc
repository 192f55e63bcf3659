#include "telemetry/line_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <string>

#include "base/descriptor.h"

namespace shoal {
namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    reader = Descriptor(ends[0]);
    writer = Descriptor(ends[1]);
  }
  std::string Read() const {
    char bytes[65536];
    return {bytes, static_cast<std::size_t>(read(reader.get(), bytes, sizeof bytes))};
  }
  Descriptor reader, writer;
};

// Writes until there is no room.
void Fill(int fd) {
  fcntl(fd, F_SETFL, O_NONBLOCK);
  const std::string page(4096, 'x');
  while (write(fd, page.data(), page.size()) > 0) continue;
}

TEST(LineWriter, WritesWholeLines) {
  const Pipe pipe;
  LineWriter writer(pipe.writer.get());
  const std::string longer(10'000, 'b');
  EXPECT_TRUE(writer.Write("a"));
  EXPECT_TRUE(writer.Write(longer));
  EXPECT_EQ(pipe.Read(), "a\n" + longer + "\n");
}

TEST(LineWriter, ALineThatNobodyReadsIsLost) {
  signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.reader.Close();
  EXPECT_FALSE(LineWriter(pipe.writer.get()).Write("a"));
}

TEST(LineWriter, ALineOnAFullDiskOrIntoWhatIsNotOpenForItIsLost) {
  const Descriptor full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  EXPECT_FALSE(LineWriter(full.get()).Write("a"));
  const Descriptor closed(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_FALSE(LineWriter(closed.get()).Write("a"));
}

TEST(LineWriter, WhoIsInAHurryDoesNotWaitForAFullPipeAndGoesOnWhenThereIsRoom) {
  const Pipe pipe;
  Fill(pipe.writer.get());
  LineWriter writer(pipe.writer.get(), std::chrono::milliseconds(0));
  writer.HurryUp();
  EXPECT_FALSE(writer.Write("a"));
  pipe.Read();
  EXPECT_TRUE(writer.Write("b"));
  EXPECT_EQ(pipe.Read(), "b\n");
}

TEST(LineWriter, AfterHalfALineTheNextHasOneOfItsOwn) {
  const Pipe pipe;
  fcntl(pipe.writer.get(), F_SETPIPE_SZ, 4096);
  fcntl(pipe.writer.get(), F_SETFL, O_NONBLOCK);
  LineWriter writer(pipe.writer.get(), std::chrono::milliseconds(0));
  writer.HurryUp();
  EXPECT_FALSE(writer.Write(std::string(5000, 'a')));
  EXPECT_EQ(pipe.Read(), std::string(4096, 'a'));
  EXPECT_TRUE(writer.Write("b"));
  EXPECT_EQ(pipe.Read(), "\nb\n");
}

TEST(LineWriter, OfManyLinesOnlyThoseAreLostThatDidNotGoWhole) {
  const Pipe pipe;
  fcntl(pipe.writer.get(), F_SETPIPE_SZ, 4096);
  fcntl(pipe.writer.get(), F_SETFL, O_NONBLOCK);
  LineWriter writer(pipe.writer.get(), std::chrono::milliseconds(0));
  writer.HurryUp();
  const LineWriter::Outcome outcome =
      writer.WriteLines("first\n" + std::string(5000, 'a') + "\nlast\n");
  EXPECT_EQ(outcome.lost, 2u);
  EXPECT_FALSE(outcome.works);
  EXPECT_EQ(pipe.Read(), "first\n" + std::string(4090, 'a'));
  EXPECT_EQ(writer.WriteLines("b\nc\n").lost, 0u);
  EXPECT_EQ(pipe.Read(), "\nb\nc\n");
}

TEST(LineWriter, EachLineIsLostOfManyThatNobodyReads) {
  signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.reader.Close();
  EXPECT_EQ(LineWriter(pipe.writer.get()).WriteLines("a\nb\nc\n").lost, 3u);
}

}  // namespace
}  // namespace shoal
