#include "net/url.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(Url, ReadsItsParts) {
  const Url url = ParseUrl("HTTPS://Hub.Example:8443/a/b?c=d#e").value();
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.address, (Address{"hub.example", 8443}));
  EXPECT_EQ(url.target, "/a/b?c=d");
  EXPECT_EQ(url.ToString(), "https://hub.example:8443/a/b?c=d");
  EXPECT_EQ(ParseUrl("http://h")->ToString(), "http://h/");
  EXPECT_EQ(ParseUrl("http://h?x")->target, "/?x");
  EXPECT_EQ(ParseUrl("http://[::1]:81/x")->address, (Address{"::1", 81}));
  EXPECT_EQ(ParseUrl("https://[::1]")->address, (Address{"::1", 443}));
  EXPECT_EQ(ParseUrl("http://[::1]:81/x")->Authority(), "[::1]:81");
  EXPECT_EQ(ParseUrl("https://h:443/")->Authority(), "h");
}

TEST(Url, RefusesWhatIsNotOne) {
  for (const char* text :
       {"", "h", "ftp://h/", "http://", "http:///x", "http://u:p@h/", "http://h:/", "http://h:0/",
        "http://h:65536/", "http://h:1x/", "http://h/a b", "http://h/\r\nX: y", "http://[::1/",
        "http://::1/", "http://::1:80/", "file:///etc/passwd"}) {
    EXPECT_FALSE(ParseUrl(text).ok()) << text;
  }
}

TEST(Url, ResolvesReferencesAsBrowsersDo) {
  const Url base = ParseUrl("https://h/a/b?c").value();
  EXPECT_EQ(ResolveUrl(base, "http://o/x")->ToString(), "http://o/x");
  EXPECT_EQ(ResolveUrl(base, "//o/x")->ToString(), "https://o/x");
  EXPECT_EQ(ResolveUrl(base, "/x?u=http://o/")->ToString(), "https://h/x?u=http://o/");
  EXPECT_EQ(ResolveUrl(base, "x")->ToString(), "https://h/a/x");
  EXPECT_EQ(ResolveUrl(base, "?y")->ToString(), "https://h/a/b?y");
  EXPECT_FALSE(ResolveUrl(base, "ftp://o/x").ok());
}

}  // namespace
}  // namespace shoal
