#include "terminal/frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr ScreenSize kSize = {.columns = 20, .rows = 3};

TEST(FrameWriter, WritesOnlyTheLinesThatChanged) {
  FrameWriter writer(true);
  EXPECT_EQ(writer.Update({{{"one"}}, {{"two"}}}, kSize),
            "\x1b[H\x1b[2J\x1b[1;1H\x1b[2Kone\x1b[2;1H\x1b[2Ktwo");
  EXPECT_EQ(writer.Update({{{"one"}}, {{"two"}}}, kSize), "");
  EXPECT_EQ(writer.Update({{{"one"}}, {{"2"}}, {{"three"}}}, kSize),
            "\x1b[2;1H\x1b[2K2\x1b[3;1H\x1b[2Kthree");
}

TEST(FrameWriter, ALineThatIsGoneIsErased) {
  FrameWriter writer(true);
  writer.Update({{{"one"}}, {{"two"}}}, kSize);
  EXPECT_EQ(writer.Update({{{"one"}}}, kSize), "\x1b[2;1H\x1b[2K");
}

TEST(FrameWriter, WritesAllAfterAChangeOfSizeAndWhenTold) {
  FrameWriter writer(true);
  const Frame frame = {{{"one"}}};
  writer.Update(frame, kSize);
  EXPECT_THAT(writer.Update(frame, {.columns = 20, .rows = 2}), HasSubstr("\x1b[2J"));
  writer.Forget();
  EXPECT_THAT(writer.Update(frame, {.columns = 20, .rows = 2}), HasSubstr("one"));
}

TEST(FrameWriter, WithoutColourTheSelectionIsStillSeen) {
  const Frame frame = {{{"bad", Look::kYellow}, {"row", Look::kSelected}}};
  EXPECT_THAT(FrameWriter(true).Update(frame, kSize), HasSubstr("\x1b[33mbad\x1b[0m"));
  const std::string plain = FrameWriter(false).Update(frame, kSize);
  EXPECT_THAT(plain, Not(HasSubstr("\x1b[33m")));
  EXPECT_THAT(plain, HasSubstr("bad\x1b[7mrow\x1b[0m"));
}

TEST(Frame, AsPlainTextHasNoCodesAndNoBlanksAtTheEnd) {
  EXPECT_EQ(PlainText({{{"a", Look::kRed}, {" b  "}}, {}, {{"c"}}}), "a b\n\nc\n");
}

}  // namespace
}  // namespace shoal
