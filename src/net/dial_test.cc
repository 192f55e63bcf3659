#include "net/dial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/mutex.h"
#include "net/listener.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class DialTest : public testing::Test {
 protected:
  // Dials and waits for what comes of it.
  Result<Descriptor> To(const Endpoint& endpoint) {
    loop_->PostAndWait([&] {
      dial_ = Dial::Start(*loop_, resolver_, endpoint, 2000ms, [this](Result<Descriptor> socket) {
        MutexLock lock(mutex_);
        done_ = std::move(socket);
        changed_.NotifyAll();
      });
    });
    MutexLock lock(mutex_);
    while (!done_) changed_.Wait(mutex_);
    Result<Descriptor> done = *std::exchange(done_, std::nullopt);
    return done;
  }
  ~DialTest() override {
    loop_->PostAndWait([this] { dial_.reset(); });
  }

  std::unique_ptr<SocketLoop> loop_ = SocketLoop::Start(SystemClock()).value();
  Resolver resolver_{SystemClock()};
  std::shared_ptr<Dial> dial_;
  Mutex mutex_;
  CondVar changed_;
  std::optional<Result<Descriptor>> done_ GUARDED_BY(mutex_);
};

Listener Free() { return ListenOn({.host = "127.0.0.1", .port = 0}).value(); }

TEST_F(DialTest, ConnectsToAnAddressAndToAName) {
  const Listener listener = Free();
  EXPECT_TRUE(To({.address = listener.address}).ok());
  // localhost may be ::1 first, where nobody listens: its addresses are tried in turn.
  const Endpoint name{.address = {.host = "localhost", .port = listener.address.port}};
  EXPECT_TRUE(To(name).ok());
  EXPECT_TRUE(To(name).ok()) << "from what the resolver remembers";
}

TEST_F(DialTest, SaysWhyItCannot) {
  Address address;
  {
    const Listener listener = Free();
    address = listener.address;
  }
  const auto refused = To({.address = address});
  EXPECT_EQ(refused.status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(refused.status().message(), "connect to " + ToString(address) + ": Connection refused");
  EXPECT_THAT(To({.address = {.host = "no-such-host.invalid", .port = 1}}).status().message(),
              HasSubstr("look up no-such-host.invalid: "));
  EXPECT_THAT(To({.path = "/nowhere/worker.sock"}).status().message(),
              HasSubstr("connect to unix:/nowhere/worker.sock: No such file"));
}

TEST_F(DialTest, NothingIsHeardAfterACut) {
  const Listener listener = Free();
  loop_->PostAndWait([&] {
    const auto dial = Dial::Start(*loop_, resolver_, {.address = listener.address}, 2000ms,
                                  [](const Result<Descriptor>&) { ADD_FAILURE() << "it was cut"; });
    dial->Cut();
  });
  for (int i = 0; i < 10; ++i) loop_->PostAndWait([] {});
}

}  // namespace
}  // namespace shoal
