#include "load/report_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "json/value.h"

namespace shoal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

LoadReport Small() {
  return Summarise({{.answered = milliseconds(5), .tokens = 7}},
                   {.duration = seconds(1), .deadline = seconds(1), .offered = 1});
}

// What stands between the two, which are there once.
std::string Between(const std::string& page, const std::string& begin, const std::string& end) {
  const std::size_t from = page.find(begin);
  EXPECT_NE(from, page.npos) << begin;
  EXPECT_EQ(page.find(begin, from + 1), page.npos) << begin;
  const std::size_t start = from + begin.size();
  return page.substr(start, page.find(end, start) - start);
}

TEST(ReportPage, BeginsWithWhatTheReportComesTo) {
  const std::string page = ReportPage(Small());
  EXPECT_EQ(Between(page, "<title>", "</title>"),
            "Passed: 1 of 1 request answered within 1 s, p99 5.00 ms");
  EXPECT_EQ(Between(page, "<h1>", "</h1>"),
            "<span>Passed:</span> 1 of 1 request answered within 1 s, p99 5.00 ms");
  EXPECT_EQ(Between(page, "<body data-state=\"", "\">"), "passed");
}

TEST(ReportPage, HoldsTheReportAsJson) {
  const std::string json =
      Between(ReportPage(Small()), "<script type=\"application/json\" id=\"report\">", "</script>");
  const Result<JsonValue> read = ParseJson(json);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->GetInt("version", 0, 9).value(), 2);
}

TEST(ReportPage, WhatOthersWroteIsTextAndNoMarkup) {
  LoadReport report = Small();
  report.run.target = "grpc://</script><script>alert(1)</script>{{script}}<!--";
  report.marks = {{.text = "<img src=x>"}};
  report.thresholds = {{.expression = "p99>1",
                        .figure = "<b>&\"p99\"",
                        .measured = "<i>5",
                        .bound = "1",
                        .failed = true}};
  const std::string page = ReportPage(report);
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("<script>alert")));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("<img")));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("<!--")));
  EXPECT_EQ(Between(page, "<h1>", "</h1>"),
            "<span>Failed:</span> &lt;b&gt;&amp;&quot;p99&quot; &lt;i&gt;5 is over 1");
  const std::string json =
      Between(page, "<script type=\"application/json\" id=\"report\">", "</script>");
  EXPECT_EQ(ParseJson(json)->Get("run")->GetString("target").value(), report.run.target);
}

TEST(ReportPage, NeedsNothingElse) {
  const std::string page = ReportPage(Small());
  const std::regex reference(
      R"re((src|href|action|srcset|poster)\s*=\s*"(?!data:)|url\((?!#|data:))re"
      R"re(|@import|import\(|fetch\(|XMLHttpRequest|WebSocket)re");
  std::smatch found;
  EXPECT_FALSE(std::regex_search(page, found, reference)) << found.str();
  EXPECT_THAT(page, testing::HasSubstr("content=\"default-src 'none';"));
}

}  // namespace
}  // namespace shoal
