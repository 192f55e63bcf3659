#include "net/frame_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Frame(std::string_view content) {
  std::string frame(kFrameHeader, '\0');
  WriteFrameLength(content.size(), frame.data());
  return frame += content;
}

class FrameReaderTest : public testing::Test {
 protected:
  Status Read(std::string_view bytes) {
    return reader_.Read(bytes, [this](std::string_view frame) -> Result<bool> {
      seen_.emplace_back(frame);
      if (frame == "bad") return DataLossError("a bad frame");
      return frame != "enough";
    });
  }

  FrameReader reader_{1000};
  std::vector<std::string> seen_;
};

TEST_F(FrameReaderTest, FramesAreTheSameHoweverTheBytesAreCut) {
  const std::string stream = Frame("one") + Frame("") + Frame(std::string(300, 'l')) + Frame("end");
  for (std::size_t size :
       {std::size_t{1}, std::size_t{3}, std::size_t{4}, std::size_t{7}, stream.size()}) {
    seen_.clear();
    for (std::size_t at = 0; at < stream.size(); at += size) {
      ASSERT_TRUE(Read(std::string_view(stream).substr(at, size)).ok());
    }
    EXPECT_THAT(seen_, ElementsAre("one", "", std::string(300, 'l'), "end")) << size;
    EXPECT_TRUE(reader_.is_between_frames());
  }
}

TEST_F(FrameReaderTest, ALengthAboveTheLimitIsRefusedBeforeTheContentComes) {
  EXPECT_TRUE(Read(Frame(std::string(1000, 'x'))).ok());
  EXPECT_THAT(Read("GET / HTTP/1.1").message(),
              HasSubstr("found a frame of 542393671 bytes, accepted at most 1000"));
}

TEST_F(FrameReaderTest, ATakerMayRaiseTheLimitForWhatFollows) {
  const std::string large(2000, 'l');
  const Status read =
      reader_.Read(Frame("hello") + Frame(large), [&](std::string_view frame) -> Result<bool> {
        reader_.set_max_frame(2000);
        seen_.emplace_back(frame);
        return true;
      });
  EXPECT_TRUE(read.ok());
  EXPECT_THAT(seen_, ElementsAre("hello", large));
}

TEST_F(FrameReaderTest, AnErrorOfTheTakerIsHandedOnAndEndsIt) {
  EXPECT_EQ(Read(Frame("good") + Frame("bad") + Frame("unseen")).code(), StatusCode::kDataLoss);
  EXPECT_THAT(seen_, ElementsAre("good", "bad"));
}

TEST_F(FrameReaderTest, ATakerThatHasEnoughIsHandedNoMore) {
  EXPECT_TRUE(Read(Frame("enough") + Frame("unseen")).ok());
  EXPECT_THAT(seen_, ElementsAre("enough"));
}

TEST_F(FrameReaderTest, KnowsWhetherTheStreamMayEnd) {
  EXPECT_TRUE(reader_.is_between_frames());
  EXPECT_TRUE(Read(Frame("torn").substr(0, 2)).ok());
  EXPECT_FALSE(reader_.is_between_frames());
  EXPECT_TRUE(Read(Frame("torn").substr(2)).ok());
  EXPECT_TRUE(reader_.is_between_frames());
}

}  // namespace
}  // namespace shoal
