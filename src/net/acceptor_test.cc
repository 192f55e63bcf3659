#include "net/acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

#include <filesystem>
#include <vector>

#include "base/check.h"
#include "net/listener.h"

namespace shoal {
namespace {

using testing::ElementsAre;

struct Name {
  sockaddr_storage storage = {};
  socklen_t size = sizeof(storage);
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

// Where a socket that listens is reached.
Name NameOf(const Descriptor& socket) {
  Name name;
  CHECK(getsockname(socket.get(), name.get(), &name.size) == 0, "a socket has a name");
  return name;
}

Descriptor OnLoopback() {
  return std::move(ListenOn({.host = "127.0.0.1", .port = 0}).value().socket);
}

// A server that greets with one byte and keeps the connection until it is told to end all.
class Greeter {
 public:
  explicit Greeter(AcceptorLimits limits, Descriptor listener = OnLoopback())
      : name_(NameOf(listener)) {
    loop_->PostAndWait([&] {
      acceptor_ = std::make_unique<Acceptor>(
          *loop_, std::move(listener), limits,
          Acceptor::Events{
              .accepted =
                  [this](Descriptor socket, std::string peer) {
                    EXPECT_EQ(send(socket.get(), "x", 1, MSG_NOSIGNAL), 1);
                    kept_.push_back(std::move(socket));
                    peers_.push_back(std::move(peer));
                  },
              .open = [this] { return kept_.size(); },
              .refused = [this](const RefusedConnection& one) { told_.push_back(one); }});
    });
  }
  ~Greeter() { Stop(); }

  void Stop() {
    Run([this] { acceptor_.reset(); });
  }
  void EndAll() {
    Run([this] { kept_.clear(); });
  }
  void Run(const SocketLoop::Task& task) { loop_->PostAndWait(task); }
  // Waits until the loop has seen what its sockets had to say by now.
  void Settle() {
    for (int i = 0; i < 3; ++i) Run([] {});
  }
  std::vector<RefusedConnection> told() {
    std::vector<RefusedConnection> told;
    Run([&] {
      told = told_;
      EXPECT_EQ(acceptor_->refused(), told.size());
    });
    return told;
  }
  std::vector<std::string> peers() {
    std::vector<std::string> peers;
    Run([&] { peers = peers_; });
    return peers;
  }

  Name name() const { return name_; }
  SocketLoop& loop() { return *loop_; }
  // Of the loop's thread.
  const std::vector<Descriptor>& kept() const { return kept_; }

 private:
  const Name name_;
  std::vector<Descriptor> kept_;
  std::vector<std::string> peers_;
  std::vector<RefusedConnection> told_;
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<SocketLoop> loop_ = SocketLoop::Start(SystemClock()).value();
};

class Client {
 public:
  explicit Client(Name to)
      : to_(to), socket_(socket(to.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  static Client To(const Greeter& greeter) {
    Client client(greeter.name());
    client.Connect();
    return client;
  }

  bool Connect() { return connect(socket_.get(), to_.get(), to_.size) == 0; }
  // Waits until the server greets or closes.
  bool IsGreeted() const {
    char byte = 0;
    return recv(socket_.get(), &byte, 1, 0) == 1;
  }
  std::string Peer() const { return PeerOf(NameOf(socket_).storage); }

 private:
  Name to_;
  Descriptor socket_;
};

// Of open files, while it lives.
class LowLimit {
 public:
  explicit LowLimit(std::size_t count) {
    CHECK(getrlimit(RLIMIT_NOFILE, &before_) == 0, "there is a limit");
    const rlimit low = {.rlim_cur = count, .rlim_max = before_.rlim_max};
    CHECK(setrlimit(RLIMIT_NOFILE, &low) == 0, "it may be lowered");
  }
  ~LowLimit() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_ = {};
};

std::size_t LowestFree() {
  return static_cast<std::size_t>(Descriptor(fcntl(0, F_DUPFD_CLOEXEC, 0)).get());
}

TEST(Acceptor, ConnectionsOverTheLimitAreClosedUntilOthersHaveEnded) {
  Greeter greeter({.max_connections = 2});
  const Client first = Client::To(greeter);
  const Client second = Client::To(greeter);
  EXPECT_TRUE(first.IsGreeted());
  EXPECT_TRUE(second.IsGreeted());
  EXPECT_FALSE(Client::To(greeter).IsGreeted());
  greeter.EndAll();
  EXPECT_TRUE(Client::To(greeter).IsGreeted());
}

TEST(Acceptor, EveryConnectionOverTheLimitIsCountedAndTold) {
  Greeter greeter({.max_connections = 1, .name = "seats"});
  EXPECT_TRUE(Client::To(greeter).IsGreeted());
  EXPECT_EQ(greeter.told().size(), 0u);
  EXPECT_FALSE(Client::To(greeter).IsGreeted());
  EXPECT_FALSE(Client::To(greeter).IsGreeted());
  const std::vector<RefusedConnection> told = greeter.told();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[1].limit, "seats");
  EXPECT_EQ(told[1].value, 1u);
  EXPECT_EQ(told[1].total, 2u);
}

TEST(Acceptor, AConnectionForWhichTooFewFilesAreLeftIsCountedAndTold) {
  Greeter greeter({.max_connections = 100, .spare_descriptors = 4});
  Client fits(greeter.name());
  Client does_not(greeter.name());
  const std::size_t limit = LowestFree() + 5;
  {
    const LowLimit low(limit);
    ASSERT_TRUE(fits.Connect());
    EXPECT_TRUE(fits.IsGreeted());
    ASSERT_TRUE(does_not.Connect());
    EXPECT_FALSE(does_not.IsGreeted());
  }
  const std::vector<RefusedConnection> told = greeter.told();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].limit, "open files");
  EXPECT_EQ(told[0].value, limit);
}

TEST(Acceptor, WithoutADescriptorItClosesWhoConnectsAndServesAgainOnceThereIsOne) {
  Greeter greeter({.max_connections = 100});
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) clients.emplace_back(greeter.name());
  const std::size_t limit = LowestFree();
  {
    const LowLimit low(limit);
    for (Client& client : clients) {
      ASSERT_TRUE(client.Connect());
      EXPECT_FALSE(client.IsGreeted());
    }
    greeter.Settle();
  }
  EXPECT_TRUE(Client::To(greeter).IsGreeted());
  const std::vector<RefusedConnection> told = greeter.told();
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[2].limit, "open files");
  EXPECT_EQ(told[2].value, limit);
}

TEST(Acceptor, WhoWaitedWhileItCouldNotEvenRefuseIsServedLater) {
  Greeter greeter({.max_connections = 100});
  Client client(greeter.name());
  {
    const LowLimit low(0);
    ASSERT_TRUE(client.Connect());
    greeter.Settle();
  }
  EXPECT_TRUE(client.IsGreeted());
  EXPECT_EQ(greeter.told().size(), 0u);
}

TEST(Acceptor, OneThatEndsWhileItWaitsIsNotCalledAgain) {
  Greeter greeter({.max_connections = 100});
  Client client(greeter.name());
  {
    const LowLimit low(0);
    ASSERT_TRUE(client.Connect());
    greeter.Settle();
    greeter.Stop();
  }
  EXPECT_FALSE(client.IsGreeted());
}

TEST(Acceptor, ConnectionsThatCameAndWentDoNotCount) {
  Greeter greeter({.max_connections = 1});
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(Client::To(greeter).IsGreeted());
    greeter.EndAll();
  }
}

TEST(Acceptor, NobodyConnectsAfterItsEnd) {
  Greeter greeter({.max_connections = 1});
  greeter.Stop();
  EXPECT_FALSE(Client(greeter.name()).Connect());
}

// Notes in each turn how many are there.
class TurnNotes final : public SocketLoop::Resident {
 public:
  explicit TurnNotes(const Greeter& greeter) : greeter_(greeter) {}
  SocketLoop::TimePoint Turn() override {
    counts.push_back(greeter_.kept().size());
    return SocketLoop::TimePoint::max();
  }
  std::vector<std::size_t> counts{0};

 private:
  const Greeter& greeter_;
};

TEST(Acceptor, OfManyAtOnceEachIsServedAndTheLoopHasItsTurnsBetween) {
  Greeter greeter({.max_connections = 100});
  TurnNotes notes(greeter);
  std::vector<Client> clients;
  greeter.Run([&] {
    greeter.loop().Add(notes);
    for (int i = 0; i < 100; ++i) clients.push_back(Client::To(greeter));
  });
  for (const Client& client : clients) EXPECT_TRUE(client.IsGreeted());
  greeter.Settle();
  greeter.Run([&] { greeter.loop().Remove(notes); });
  EXPECT_EQ(notes.counts.back(), 100u);
  for (std::size_t i = 1; i < notes.counts.size(); ++i) {
    EXPECT_LE(notes.counts[i] - notes.counts[i - 1], 16u);
  }
}

TEST(Acceptor, SocketsBlockNobodyAndWaitForNoFullPacket) {
  Greeter greeter({.max_connections = 1});
  EXPECT_TRUE(Client::To(greeter).IsGreeted());
  greeter.Run([&] {
    const int socket = greeter.kept().at(0).get();
    int no_delay = 0;
    socklen_t size = sizeof(no_delay);
    getsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &no_delay, &size);
    EXPECT_NE(no_delay, 0);
    EXPECT_NE(fcntl(socket, F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(fcntl(socket, F_GETFD) & FD_CLOEXEC, 0);
  });
}

TEST(Acceptor, SaysWhoCalls) {
  for (const char* host : {"127.0.0.1", "::1"}) {
    auto listener = ListenOn({.host = host, .port = 0});
    if (!listener.ok()) continue;  // a machine without IPv6
    Greeter greeter({.max_connections = 1}, std::move(listener->socket));
    const Client client = Client::To(greeter);
    EXPECT_TRUE(client.IsGreeted());
    EXPECT_THAT(greeter.peers(), ElementsAre(client.Peer()));
  }
}

TEST(Acceptor, OfAUnixSocketOnlyTheKindIsKnown) {
  std::string folder = "/tmp/shoal-acceptor-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  Greeter greeter({.max_connections = 1}, ListenOnPath(folder + "/socket").value());
  EXPECT_TRUE(Client::To(greeter).IsGreeted());
  EXPECT_THAT(greeter.peers(), ElementsAre("unix:"));
  std::filesystem::remove_all(folder);
}

std::string PeerOfIpv6(const char* ip, std::uint32_t zone = 0) {
  sockaddr_storage storage = {};
  auto& address = reinterpret_cast<sockaddr_in6&>(storage);
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(4711);
  address.sin6_scope_id = zone;
  CHECK(inet_pton(AF_INET6, ip, &address.sin6_addr) == 1, "an address");
  return PeerOf(storage);
}

TEST(PeerOf, IsWrittenAsGrpcDoes) {
  sockaddr_storage storage = {};
  auto& address = reinterpret_cast<sockaddr_in&>(storage);
  address.sin_family = AF_INET;
  address.sin_port = htons(4711);
  address.sin_addr.s_addr = htonl(0x7f00'0001);
  EXPECT_EQ(PeerOf(storage), "ipv4:127.0.0.1:4711");
  EXPECT_EQ(PeerOfIpv6("::1"), "ipv6:%5B::1%5D:4711");
  EXPECT_EQ(PeerOfIpv6("fe80::1", 3), "ipv6:%5Bfe80::1%253%5D:4711");
}

TEST(PeerOf, AnIpv4AddressIsTheSameInBothOfItsForms) {
  EXPECT_EQ(PeerOfIpv6("::ffff:10.0.0.1"), "ipv4:10.0.0.1:4711");
}

}  // namespace
}  // namespace shoal
