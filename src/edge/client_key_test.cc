#include "edge/client_key.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(ClientKey, IsThatOfTheNameWhereverItComesFrom) {
  EXPECT_EQ(ClientKey("a", "ipv4:10.0.0.1:1"), ClientKey("a", "ipv4:10.0.0.2:2"));
  EXPECT_NE(ClientKey("a", "ipv4:10.0.0.1:1"), ClientKey("b", "ipv4:10.0.0.1:1"));
}

TEST(ClientKey, IsThatOfTheAddressWithoutThePort) {
  EXPECT_EQ(ClientKey("", "ipv4:10.0.0.1:1"), ClientKey("", "ipv4:10.0.0.1:65535"));
  EXPECT_NE(ClientKey("", "ipv4:10.0.0.1:1"), ClientKey("", "ipv4:10.0.0.2:1"));
}

TEST(ClientKey, OfAnIpv6AddressTheFirst64BitsCount) {
  const std::uint64_t key = ClientKey("", "ipv6:%5B2001:db8:0:7::1%5D:80");
  EXPECT_EQ(ClientKey("", "ipv6:[2001:db8:0:7:ffff::9]:81"), key);
  EXPECT_NE(ClientKey("", "ipv6:%5B2001:db8:0:8::1%5D:80"), key);
}

TEST(ClientKey, AnIpv4AddressIsTheSameInBothOfItsForms) {
  EXPECT_EQ(ClientKey("", "ipv6:%5B::ffff:10.0.0.1%5D:80"), ClientKey("", "ipv4:10.0.0.1:80"));
  EXPECT_NE(ClientKey("", "ipv6:%5B::ffff:10.0.0.2%5D:80"), ClientKey("", "ipv4:10.0.0.1:80"));
}

TEST(ClientKey, ANameIsNeverTakenForAnAddress) {
  EXPECT_NE(ClientKey("unix:x", ""), ClientKey("", "unix:x"));
}

TEST(LoopbackPeer, IsAProcessOfThisMachine) {
  for (const char* peer : {"ipv4:127.0.0.1:1", "ipv4:127.8.9.1:1", "ipv6:%5B::1%5D:1",
                           "ipv6:[::1]:1", "ipv6:%5B::ffff:127.0.0.1%5D:1", "unix:/tmp/socket"}) {
    EXPECT_TRUE(IsLoopbackPeer(peer)) << peer;
  }
  for (const char* peer :
       {"ipv4:10.0.0.1:1", "ipv4:128.0.0.1:1", "ipv6:%5B::2%5D:1", "ipv6:%5Bfe80::1%25eth0%5D:1",
        "ipv6:%5B::ffff:10.0.0.1%5D:1", "ipv4:127:1", "127.0.0.1:1", ""}) {
    EXPECT_FALSE(IsLoopbackPeer(peer)) << peer;
  }
}

TEST(ClientName, IsTheNameOrTheAddress) {
  EXPECT_EQ(ClientName("indexer", "ipv4:10.0.0.1:99"), "indexer");
  EXPECT_EQ(ClientName("", "ipv4:10.0.0.1:99"), "10.0.0.1");
  EXPECT_EQ(ClientName("", "ipv6:%5B::1%5D:4711"), "::1");
  EXPECT_EQ(ClientName("", "unix:/run/x"), "unix:/run/x");
  EXPECT_EQ(ClientName(std::string(200, 'n'), "").size(), 128u);
}

}  // namespace
}  // namespace shoal
