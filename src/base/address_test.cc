#include "base/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using ::testing::HasSubstr;

std::string Message(std::string_view text) {
  const Result<Address> address = ParseAddress(text);
  EXPECT_EQ(address.status().code(), StatusCode::kInvalidArgument) << text;
  return address.status().message();
}

bool IsLoopbackText(const char* text) { return IsLoopback(ParseAddress(text).value()); }

TEST(Address, ReadsHostAndPort) {
  EXPECT_EQ(*ParseAddress("127.0.0.1:50050"), (Address{"127.0.0.1", 50050}));
  EXPECT_EQ(*ParseAddress("[::1]:0"), (Address{"::1", 0}));
  EXPECT_EQ(*ParseAddress("[fe80::1%eth0]:80"), (Address{"fe80::1%eth0", 80}));
  EXPECT_EQ(*ParseAddress("coordinator-0.my_shoal:65535"),
            (Address{"coordinator-0.my_shoal", 65535}));
}

TEST(Address, IsWrittenAsItIsRead) {
  for (const char* text : {"127.0.0.1:1", "[::]:0", "[fe80::1%eth0]:80", "Host.:65535"}) {
    EXPECT_EQ(ToString(ParseAddress(text).value()), text);
  }
}

TEST(Address, AnIpv6AddressWithoutBracketsIsToldHowToBeWritten) {
  EXPECT_EQ(Message("::1:80"),
            "\"::1:80\" is not HOST:PORT: an IPv6 address stands in brackets, as in [::1]:50050");
  for (const char* text :
       {"::1", "::", "2001:db8::7:50050", "fe80::1%eth0:80", "1:2:3:4:5:6:7:8:80"}) {
    EXPECT_THAT(Message(text), HasSubstr("stands in brackets")) << text;
  }
}

TEST(Address, AMissingOrImpossiblePortIsNamed) {
  for (const char* text : {"", "50050", "localhost", "[::1]", "[::1"}) {
    EXPECT_FALSE(ParseAddress(text).ok()) << text;
  }
  EXPECT_THAT(Message("localhost"), HasSubstr("the port is missing"));
  EXPECT_THAT(Message("[::1]"), HasSubstr("the port is missing"));
  for (const char* text : {"localhost:", "localhost:65536", "localhost:-1", "localhost:+1",
                           "localhost:x", "localhost:1x", "localhost: 1", "[::1]:0x50"}) {
    EXPECT_THAT(Message(text), HasSubstr("from 0 to 65535")) << text;
  }
}

TEST(Address, ANameMayHaveLettersOfAnyAlphabetButMustBeText) {
  EXPECT_EQ(ParseAddress("b\xC3\xBC"
                         "cher.example:80")
                ->host,
            "b\xC3\xBC"
            "cher.example");
  EXPECT_FALSE(ParseAddress("w\xFF:80").ok());
}

TEST(Address, AHostThatIsNeitherAddressNorNameIsRefused) {
  for (const char* text :
       {":50050", "http://localhost:1", "a b:1", "a/b:1", "a:b:1", "user@host:1", "*:1", "]:1",
        "[]:1", "[:1", "[localhost]:1", "[127.0.0.1]:1", "[::1]x:1", "x[::1]:1", "[[::1]]:1",
        "[::1%]:1", "[::1%a b]:1", "[::1%a%b]:1", "[1::2::3]:1"}) {
    EXPECT_FALSE(ParseAddress(text).ok()) << text;
  }
  EXPECT_FALSE(ParseAddress(std::string_view("a\0b:1", 5)).ok());
  EXPECT_FALSE(ParseAddress(std::string_view("[::1\0x]:1", 9)).ok());
}

TEST(Address, LoopbackIsWhatOnlyThisMachineReaches) {
  for (const char* text : {"127.0.0.1:1", "127.255.0.9:1", "[::1]:1", "[0:0::0:1]:1", "[::1%lo]:1",
                           "[::ffff:127.0.0.1]:1", "[::ffff:7f12:1]:1", "localhost:1",
                           "LocalHost:1", "localhost.:1"}) {
    EXPECT_TRUE(IsLoopbackText(text)) << text;
  }
  for (const char* text : {"0.0.0.0:1", "128.0.0.1:1", "10.0.0.127:1", "[::]:1", "[::2]:1",
                           "[::127.0.0.1]:1", "[::ffff:10.0.0.1]:1", "[fe80::1%lo]:1"}) {
    EXPECT_FALSE(IsLoopbackText(text)) << text;
  }
}

TEST(Address, ANameThatLooksLikeLoopbackIsAName) {
  for (const char* text : {"127.evil.com:1", "127.0.0.1.nip.io:1", "127.1:1", "localhost..:1",
                           "localhost.evil.com:1", "my-localhost:1"}) {
    EXPECT_FALSE(IsLoopbackText(text)) << text;
  }
}

TEST(Address, AnIpv4AddressHasTheSameBytesInBothOfItsForms) {
  EXPECT_EQ(ParseIp("10.0.0.1"), ParseIp("::ffff:10.0.0.1"));
  EXPECT_TRUE(IsIpv4(ParseIp("10.0.0.1").value()));
  EXPECT_FALSE(IsIpv4(ParseIp("::1").value()));
  EXPECT_EQ(ParseIp("fe80::1%eth0"), ParseIp("fe80::1"));
  for (const char* text : {"", "localhost", "1.2.3", "1.2.3.4:5", "[::1]", "1.2.3.4%eth0"}) {
    EXPECT_EQ(ParseIp(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseIp(std::string_view("127.0.0.1\0x", 11)), std::nullopt);
}

}  // namespace
}  // namespace shoal
