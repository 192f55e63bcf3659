#include "tracing/export_answer.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;
using Fate = ExportAnswer::Fate;

ExportAnswer Read(int status, std::string body = "", const char* retry_after = nullptr) {
  ReceivedAnswer answer{.status = status, .headers = {}, .body = std::move(body)};
  if (retry_after != nullptr) answer.headers.Add("retry-after", retry_after);
  return ReadExportAnswer(answer);
}

TEST(ExportAnswer, SomeStatusesAskForTheSameAgain) {
  for (const int status : {429, 502, 503, 504}) EXPECT_EQ(Read(status).fate, Fate::kTryAgain);
  for (const int status : {300, 400, 401, 404, 413, 500, 501}) {
    EXPECT_EQ(Read(status).fate, Fate::kLost) << status;
  }
  EXPECT_EQ(Read(200).fate, Fate::kTaken);
  EXPECT_EQ(Read(202, "accepted").fate, Fate::kTaken);
  EXPECT_EQ(Read(503).why, "status 503");
}

TEST(ExportAnswer, WhoWasNotReachedIsTriedAgainAndWhatIsNoAnswerIsNot) {
  EXPECT_EQ(ReadExportAnswer(UnavailableError("refused")).fate, Fate::kTryAgain);
  EXPECT_EQ(ReadExportAnswer(DeadlineExceededError("late")).fate, Fate::kTryAgain);
  EXPECT_EQ(ReadExportAnswer(InternalError("no answer of HTTP")).fate, Fate::kLost);
}

TEST(ExportAnswer, PartialSuccessSaysHowManyWereRejected) {
  const auto partial =
      Read(200, R"({"partialSuccess":{"rejectedSpans":"5","errorMessage":"too old"}})");
  EXPECT_EQ(partial.rejected, 5u);
  EXPECT_EQ(partial.why, "too old");
  EXPECT_EQ(Read(200, R"({"partialSuccess":{"rejectedSpans":7}})").rejected, 7u);
  EXPECT_EQ(Read(200, R"({"partialSuccess":{"errorMessage":"a word"}})").why, "a word");
  for (const char* const body : {"{}", R"({"partialSuccess":{}})", R"({"partialSuccess":null})",
                                 R"({"partialSuccess":{"rejectedSpans":"-1"}})", "[]", "5", "no"}) {
    EXPECT_EQ(Read(200, body).rejected, 0u) << body;
  }
}

TEST(ExportAnswer, TheCollectorMaySayWhen) {
  EXPECT_EQ(Read(503, "", "2").retry_after, 2s);
  EXPECT_EQ(Read(503, "", "99999999999").retry_after, 1h);
  EXPECT_FALSE(Read(503, "", "Wed, 21 Oct 2015 07:28:00 GMT").retry_after);
  EXPECT_FALSE(Read(503).retry_after);
}

TEST(ExportAnswer, WaitsGrowUpToABound) {
  EXPECT_EQ(RetryWait(1, std::nullopt, 0), 500ms);
  EXPECT_EQ(RetryWait(1, std::nullopt, 1), 1s);
  EXPECT_EQ(RetryWait(3, std::nullopt, 1), 4s);
  EXPECT_EQ(RetryWait(100, std::nullopt, 1), 30s);
  EXPECT_EQ(RetryWait(1, 0ms, 1), 0ms);
  EXPECT_EQ(RetryWait(1, 1h, 0), 30s);
}

}  // namespace
}  // namespace shoal
