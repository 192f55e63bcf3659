#include "dashboard/page_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/file.h"

namespace shoal {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr EmbeddedFile kScript = {.name = "assets/index-1f.js",
                                  .sha256 = "0123456789abcdef0123456789abcdef01234567",
                                  .bytes = "let first = second;",
                                  .gzip = "small"};
constexpr EmbeddedFile kPage = {
    .name = "index.html", .sha256 = "00", .bytes = "<p>", .gzip = "larger"};

using Headers = std::map<std::string, std::string>;

HttpAnswer Answer(const EmbeddedFile& file, const Headers& asked) {
  HttpHeaders headers;
  for (const auto& [name, value] : asked) headers.Add(name, value);
  return AnswerWith(file, headers);
}

Headers HeadersOf(const EmbeddedFile& file, const Headers& asked = {}) {
  Headers found;
  for (const HttpField& field : Answer(file, asked).headers) found[field.name] = field.value;
  return found;
}

TEST(PageFiles, AreThoseOfTheTreeAndAllOfThemAreServed) {
  for (const EmbeddedFile& file : PageFiles()) {
    const std::string path = std::string(SHOAL_SOURCE_DIR) + "/web/dist/" + std::string(file.name);
    EXPECT_EQ(file.bytes, ReadFile(path, 8 << 20).value()) << path;
    EXPECT_TRUE(file.name == "index.html" || file.name.starts_with("assets/")) << path;
    EXPECT_NE(ContentTypeOf(file.name), "application/octet-stream") << path;
    EXPECT_THAT(file.gzip, StartsWith("\x1f\x8b")) << path;
    EXPECT_EQ(file.sha256.size(), 64u) << path;
  }
  EXPECT_NE(FindPageFile("index.html"), nullptr);
  EXPECT_EQ(FindPageFile("index"), nullptr);
}

TEST(PageFiles, ThePageNamesNothingFromElsewhereAndHasNoScriptInItself) {
  const std::string_view page = FindPageFile("index.html")->bytes;
  for (const char* const no : {"=\"http", "=\"//", "<style", "style=", "onclick=", "<script>"}) {
    EXPECT_EQ(page.find(no), std::string_view::npos) << no;
  }
}

TEST(TakesGzip, ReadsTheListAndItsWeights) {
  for (const char* const list : {"gzip", "deflate, gzip;q=0.5, br", "GZIP", "x-gzip", "*",
                                 "br;q=1.0,gzip; q=0.001", "gzip;q=1"}) {
    EXPECT_TRUE(TakesGzip(list)) << list;
  }
  for (const char* const list : {"", "identity", "br", "gzip;q=0", "gzip ; Q=0.000, *", "*;q=0",
                                 "gzipped", ",", ";", "gzip;q=0,deflate"}) {
    EXPECT_FALSE(TakesGzip(list)) << list;
  }
}

TEST(NamesTag, ComparesWithoutTheMarkOfWeakness) {
  for (const char* const list : {"W/\"a\"", "\"a\"", "\"b\", W/\"a\"", "*"}) {
    EXPECT_TRUE(NamesTag(list, "W/\"a\"")) << list;
  }
  for (const char* const list : {"", "\"b\"", "a", "W/", "\"aa\""}) {
    EXPECT_FALSE(NamesTag(list, "W/\"a\"")) << list;
  }
}

TEST(AnswerWith, CompressesForWhoTakesItAndOnlyWhereThatIsLess) {
  EXPECT_EQ(Answer(kScript, {{"accept-encoding", "gzip"}}).body, "small");
  EXPECT_EQ(HeadersOf(kScript, {{"accept-encoding", "gzip"}})["Content-Encoding"], "gzip");
  EXPECT_EQ(Answer(kScript, {}).body, kScript.bytes);
  EXPECT_FALSE(HeadersOf(kScript).contains("Content-Encoding"));
  EXPECT_EQ(Answer(kPage, {{"accept-encoding", "gzip"}}).body, "<p>");
  EXPECT_EQ(HeadersOf(kScript)["Vary"], "Accept-Encoding");
}

TEST(AnswerWith, WhatIsNamedByItsContentIsKeptForEverAndThePageIsAskedFor) {
  EXPECT_EQ(HeadersOf(kScript)["Cache-Control"], "public, max-age=31536000, immutable");
  EXPECT_EQ(HeadersOf(kPage)["Cache-Control"], "no-cache");
}

TEST(AnswerWith, SaysNotModifiedToWhoHasIt) {
  const std::string tag = HeadersOf(kScript)["ETag"];
  EXPECT_EQ(tag, "W/\"0123456789abcdef0123456789abcdef\"");
  const HttpAnswer same = Answer(kScript, {{"if-none-match", tag}, {"accept-encoding", "gzip"}});
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(HeadersOf(kScript, {{"if-none-match", tag}})["ETag"], tag);
  EXPECT_EQ(Answer(kPage, {{"if-none-match", tag}}).status, 200);
}

TEST(ContentTypeOf, IsByTheEnding) {
  EXPECT_EQ(ContentTypeOf("index.html"), "text/html; charset=utf-8");
  EXPECT_EQ(ContentTypeOf("a.js"), "text/javascript; charset=utf-8");
  EXPECT_EQ(ContentTypeOf("a.css"), "text/css; charset=utf-8");
  EXPECT_EQ(ContentTypeOf("a.svg"), "image/svg+xml");
  EXPECT_EQ(ContentTypeOf("LICENSE"), "application/octet-stream");
}

}  // namespace
}  // namespace shoal
