#include "net/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

namespace shoal {
namespace {

using ::testing::HasSubstr;

TEST(Listener, PortZeroTakesAFreeOne) {
  const Result<Listener> listener = ListenOn({.host = "127.0.0.1", .port = 0});
  ASSERT_TRUE(listener.ok()) << listener.status().ToString();
  EXPECT_EQ(listener->address.host, "127.0.0.1");
  EXPECT_NE(listener->address.port, 0);
  EXPECT_EQ(listener->family, AF_INET);
}

TEST(Listener, APortInUseIsUnavailableAndNamedAndFreeAgainAfterwards) {
  Address address;
  {
    const Result<Listener> listener = ListenOn({.host = "127.0.0.1", .port = 0});
    ASSERT_TRUE(listener.ok());
    address = listener->address;
    const Status taken = ListenOn(address).status();
    EXPECT_EQ(taken.code(), StatusCode::kUnavailable);
    EXPECT_THAT(taken.message(), HasSubstr(ToString(address) + ": Address already in use"));
  }
  EXPECT_TRUE(ListenOn(address).ok());
}

}  // namespace
}  // namespace shoal
