#include "edge/request_id.h"

#include <gtest/gtest.h>

#include <set>

namespace shoal {
namespace {

TEST(RequestId, IsShortPrintableAscii) {
  EXPECT_TRUE(IsRequestId("a"));
  EXPECT_TRUE(IsRequestId("order 17/~"));
  EXPECT_TRUE(IsRequestId(std::string(128, 'x')));
  EXPECT_FALSE(IsRequestId(std::string(129, 'x')));
  EXPECT_FALSE(IsRequestId(""));
  EXPECT_FALSE(IsRequestId("a\nb"));
  EXPECT_FALSE(IsRequestId("caf\xC3\xA9"));
  EXPECT_FALSE(IsRequestId("\x7F"));
}

TEST(RequestId, TheFirstFitOneIsChosen) {
  RequestIds ids(1);
  EXPECT_EQ(ids.Choose("header", "field"), "header");
  EXPECT_EQ(ids.Choose("", "field"), "field");
  EXPECT_EQ(ids.Choose("a\tb", "field"), "field");
  EXPECT_EQ(ids.Choose("", "a\tb").size(), 16u);
}

TEST(RequestId, NewOnesAreAllDifferentHexNumbers) {
  RequestIds ids(42);
  std::set<std::string> seen;
  for (int i = 0; i < 5000; ++i) {
    const std::string id = ids.New();
    EXPECT_EQ(id.size(), 16u);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos) << id;
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 5000u);
}

}  // namespace
}  // namespace shoal
