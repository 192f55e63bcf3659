#include "net/listener.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "base/check.h"

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

class ListenerAtPath : public testing::Test {
 protected:
  ListenerAtPath() { CHECK(mkdtemp(folder_.data()) != nullptr, "tests can make folders"); }
  ~ListenerAtPath() override {
    unlink(path().c_str());
    rmdir(folder_.c_str());
  }
  std::string path() const { return folder_ + "/s.sock"; }

  std::string folder_ = "/tmp/shoal-listener-XXXXXX";
};

TEST_F(ListenerAtPath, IsForThisUserAloneAndReplacesWhatNobodyListensOn) {
  { ASSERT_TRUE(ListenOnPath(path()).ok()); }
  const auto again = ListenOnPath(path());
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  struct stat info {};
  ASSERT_EQ(stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(ListenerAtPath, NeitherALiveSocketNorAnotherFileIsReplaced) {
  const auto first = ListenOnPath(path());
  EXPECT_THAT(ListenOnPath(path()).status().message(),
              HasSubstr("listen on unix:" + path() + ": Address already in use"));
  unlink(path().c_str());
  const Descriptor file(open(path().c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  EXPECT_THAT(ListenOnPath(path()).status().message(), HasSubstr("Address already in use"));
}

}  // namespace
}  // namespace shoal
