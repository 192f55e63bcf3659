#include "cli/support_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kFirstPage[] = "/api/v1/logs?limit=1000&after=0";

std::map<std::string, std::string> Everything() {
  return {{"/api/v1/snapshot", R"({"version":"1","revision":"abc","coordinator_id":"c"})"},
          {"/api/v1/history", "{}"},
          {"/api/v1/workers", "{}"},
          {"/api/v1/requests/slow", "{}"},
          {"/api/v1/targets", "[]"},
          {"/api/v1/config", "{}"},
          {"/metrics", "shoal_build_info 1\n"},
          {kFirstPage, R"({"lines":[],"next":0,"oldest":1,"newest":0})"}};
}

// A server that says this, and nothing else.
SupportAnswers Asked(const std::map<std::string, std::string>& says) {
  return AskForSupport([&says](const std::string& target) -> Result<std::string> {
    const auto found = says.find(target);
    if (found == says.end()) return Status(StatusCode::kPermissionDenied, "HTTP status 403");
    return found->second;
  });
}

std::string FileOf(const SupportAnswers& answers, std::string_view name) {
  for (const ReportFile& file : answers.files) {
    if (file.name == name) return file.content;
  }
  return "there is none";
}

TEST(SupportAnswers, EachRouteIsAFile) {
  const SupportAnswers answers = Asked(Everything());
  EXPECT_THAT(answers.errors, IsEmpty());
  EXPECT_THAT(answers.files, SizeIs(8));
  EXPECT_EQ(FileOf(answers, "metrics.txt"), "shoal_build_info 1\n");
  EXPECT_EQ(FileOf(answers, "logs.jsonl"), "");
  EXPECT_EQ(ServerVersionLines(answers), "version: 1\nrevision: abc\ncoordinator_id: c\n");
}

TEST(SupportAnswers, WhatIsRefusedIsALineAndTheRestComes) {
  auto says = Everything();
  says.erase("/api/v1/config");
  const SupportAnswers answers = Asked(says);
  EXPECT_THAT(answers.errors, ElementsAre("config.json: GET /api/v1/config: HTTP status 403"));
  EXPECT_THAT(answers.files, SizeIs(7));
  EXPECT_TRUE(answers.reached);
}

TEST(SupportAnswers, WhoAnswersNothingIsNotReached) {
  const SupportAnswers answers =
      AskForSupport([](const std::string&) { return UnavailableError("refused"); });
  EXPECT_FALSE(answers.reached);
  EXPECT_THAT(answers.files, IsEmpty());
  EXPECT_THAT(answers.errors, SizeIs(8));
  EXPECT_THAT(ServerVersionLines(answers), HasSubstr("version: unknown\n"));
}

TEST(SupportAnswers, PagesOfTheLogFollowEachOtherToTheNewestLineOfTheFirst) {
  auto says = Everything();
  says[kFirstPage] = R"({"lines":[{"id":4,"line":{"a":1,"b":[true,null,"x"]}}],)"
                     R"("next":4,"oldest":4,"newest":9})";
  says["/api/v1/logs?limit=1000&after=4"] =
      R"({"lines":[{"id":9,"line":{"a":0.5}}],"next":9,"oldest":4,"newest":12})";
  const SupportAnswers answers = Asked(says);
  EXPECT_THAT(answers.errors, IsEmpty());
  EXPECT_EQ(FileOf(answers, "logs.jsonl"), "{\"a\":1,\"b\":[true,null,\"x\"]}\n{\"a\":0.5}\n");
}

TEST(SupportAnswers, ALogThatBreaksOffIsKeptAndSaid) {
  auto says = Everything();
  says[kFirstPage] = R"({"lines":[{"id":4,"line":{}}],"next":4,"oldest":4,"newest":9})";
  const SupportAnswers answers = Asked(says);
  EXPECT_EQ(FileOf(answers, "logs.jsonl"), "{}\n");
  EXPECT_THAT(answers.errors, ElementsAre(HasSubstr("logs.jsonl: GET /api/v1/logs: ")));
}

TEST(SupportAnswers, APageOfAnotherProgramIsNotTaken) {
  auto says = Everything();
  says["/api/v1/snapshot"] = "<html>";
  says["/metrics"] = "go_threads 7\n";
  const SupportAnswers answers = Asked(says);
  EXPECT_THAT(answers.errors, ElementsAre(HasSubstr("snapshot.json: "), HasSubstr("metrics.txt")));
  EXPECT_THAT(answers.files, SizeIs(6));
}

}  // namespace
}  // namespace shoal
