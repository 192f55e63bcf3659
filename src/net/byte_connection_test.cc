#include "net/byte_connection.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

#include "base/mutex.h"

namespace shoal {
namespace {

TEST(ByteConnectionTest, APeerThatReadsAllAtOnceDoesNotKeepTheLoop) {
  constexpr int kAll = 1000;
  const auto loop = SocketLoop::Start(SystemClock()).value();
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  ASSERT_EQ(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
  const Descriptor peer(ends[0]);

  int fills = 0;
  int before_others = 0;
  Mutex mutex;
  CondVar changed;
  bool all = false;
  const auto fill = [&](std::string& outbox) {
    static std::array<char, 1 << 16> bytes;
    while (recv(peer.get(), bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) {
    }
    if (fills == 0) loop->Post([&] { before_others = fills; });
    if (fills < kAll) outbox.append(10'000, 'x');
    if (++fills < kAll) return true;
    MutexLock lock(mutex);
    all = true;
    changed.NotifyAll();
    return false;
  };
  std::shared_ptr<ByteConnection> connection;
  loop->PostAndWait([&] {
    connection = ByteConnection::Start(*loop, Descriptor(ends[1]),
                                       {.received = [](std::string_view) { return Status(); },
                                        .peer_ended = [] { return Status(); },
                                        .fill = fill,
                                        .closed = [](const Status&) {}});
    connection->SendSoon();
  });
  {
    MutexLock lock(mutex);
    while (!all) changed.Wait(mutex);
  }
  loop->PostAndWait([&] { connection.reset(); });
  EXPECT_GT(before_others, 0);
  EXPECT_LT(before_others, kAll);
}

}  // namespace
}  // namespace shoal
