#include "http/head_scanner.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using Found = HeadScanner::Found;

TEST(HeadScanner, FindsTheEndHoweverTheHeadIsCut) {
  const std::string_view bytes = "GET / HTTP/1.1\r\nHost: x\r\n\r\nmore";
  HeadScanner scanner;
  for (std::size_t size = 0; size < 27; ++size) {
    EXPECT_EQ(scanner.Scan(bytes.substr(0, size)), Found::kNotYet) << size;
  }
  EXPECT_EQ(scanner.Scan(bytes), Found::kEnd);
  EXPECT_EQ(bytes.substr(scanner.end()), "more");
}

TEST(HeadScanner, EmptyLinesBeforeAHeadAreNotOfIt) {
  const std::string_view bytes = "\r\n\r\nGET / HTTP/1.1\r\n\r\n";
  HeadScanner scanner;
  EXPECT_EQ(scanner.Scan(bytes.substr(0, 4)), Found::kNotYet);
  EXPECT_FALSE(scanner.has_begun());
  EXPECT_EQ(scanner.Scan(bytes), Found::kEnd);
  EXPECT_EQ(scanner.begin(), 4u);
}

std::string_view ProblemOf(std::string_view bytes) {
  HeadScanner scanner;
  EXPECT_EQ(scanner.Scan(bytes), Found::kBad);
  return scanner.problem();
}

TEST(HeadScanner, KnowsWhatNoHeadMayHold) {
  EXPECT_EQ(ProblemOf("GET / HTTP/1.1\n"), "a line feed without a carriage return");
  EXPECT_EQ(ProblemOf("\n"), "a line feed without a carriage return");
  EXPECT_EQ(ProblemOf("GET / HTTP/1.1\rX"), "a carriage return without a line feed");
  EXPECT_EQ(ProblemOf("GET / HTTP/1.1\r\r"), "a carriage return without a line feed");
  EXPECT_EQ(ProblemOf(std::string_view("G\0", 2)), "a control character");
  EXPECT_EQ(ProblemOf("\x16\x03\x01"), "a control character");
  EXPECT_EQ(ProblemOf("a\x7f"), "a control character");
  EXPECT_EQ(ProblemOf("GET / HTTP/1.1\r\na: b\r\n c"), "a header line that begins with a space");
}

}  // namespace
}  // namespace shoal
