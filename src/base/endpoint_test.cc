#include "base/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(Endpoint, IsAnAddressOrAPathAndWrittenAsItIsRead) {
  EXPECT_EQ(ParseEndpoint("[::1]:5")->address, (Address{"::1", 5}));
  EXPECT_EQ(ParseEndpoint("unix:/run/a.sock")->path, "/run/a.sock");
  for (const char* text : {"host:1", "unix:relative.sock"}) {
    EXPECT_EQ(ToString(ParseEndpoint(text).value()), text);
  }
}

TEST(Endpoint, APathThatNoSocketCanHaveIsRefused) {
  EXPECT_TRUE(ParseEndpoint("unix:" + std::string(107, 'p')).ok());
  for (const std::string& text : {std::string("unix:"), "unix:" + std::string(108, 'p')}) {
    EXPECT_THAT(ParseEndpoint(text).status().message(),
                testing::HasSubstr("unix:PATH with 1 to 107 bytes"));
  }
  EXPECT_FALSE(ParseEndpoint("/run/a.sock").ok());
}

}  // namespace
}  // namespace shoal
