#include "api/verdict.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace shoal {
namespace {

TEST(Verdict, HasTheCodeThatClientsActOn) {
  EXPECT_EQ(CodeOf(Verdict::kOk), StatusCode::kOk);
  EXPECT_EQ(CodeOf(Verdict::kInvalidUtf8), StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(Verdict::kOverloaded), StatusCode::kResourceExhausted);
  EXPECT_EQ(CodeOf(Verdict::kNoWorkers), StatusCode::kUnavailable);
  EXPECT_EQ(CodeOf(Verdict::kInternal), StatusCode::kInternal);
}

TEST(Verdict, HasTheStatusOfHttpThatClientsActOn) {
  const std::map<Verdict, int> expected = {
      {Verdict::kOk, 200},
      {Verdict::kInvalidRequest, 400},
      {Verdict::kInvalidJson, 400},
      {Verdict::kInvalidUtf8, 400},
      {Verdict::kEmptyInput, 400},
      {Verdict::kTooManyInputs, 400},
      {Verdict::kInputTooLarge, 400},
      {Verdict::kInputTooLong, 400},
      {Verdict::kTokenIdsNotSupported, 400},
      {Verdict::kUnknownPrompt, 400},
      {Verdict::kModelNotFound, 404},
      {Verdict::kRouteNotFound, 404},
      {Verdict::kMethodNotAllowed, 405},
      {Verdict::kPayloadTooLarge, 413},
      {Verdict::kReplyTooLarge, 413},
      {Verdict::kOverloaded, 429},
      {Verdict::kRateLimited, 429},
      {Verdict::kDeadlineUnserviceable, 504},
      {Verdict::kDeadlineExceeded, 504},
      {Verdict::kCancelled, 499},
      {Verdict::kAttemptsExhausted, 503},
      {Verdict::kPoisonInput, 500},
      {Verdict::kNoWorkers, 503},
      {Verdict::kDraining, 503},
      {Verdict::kInternal, 500},
  };
  EXPECT_EQ(expected.size(), static_cast<std::size_t>(kVerdicts));
  for (const auto& [verdict, status] : expected) {
    EXPECT_EQ(HttpStatusOf(verdict), status) << Name(verdict);
  }
}

TEST(Verdict, SaysWhetherTheSameRequestMaySucceedLater) {
  std::set<std::string_view> may_retry;
  for (int i = 0; i < kVerdicts; ++i) {
    if (MayRetry(static_cast<Verdict>(i))) may_retry.insert(Name(static_cast<Verdict>(i)));
  }
  EXPECT_EQ(may_retry,
            (std::set<std::string_view>{"overloaded", "rate_limited", "attempts_exhausted",
                                        "no_workers", "draining"}));
}

TEST(Verdict, IsKnownByItsWord) {
  for (int i = 0; i < kVerdicts; ++i) {
    EXPECT_EQ(ParseVerdict(Name(static_cast<Verdict>(i))), static_cast<Verdict>(i));
  }
  EXPECT_EQ(ParseVerdict("resource_exhausted"), std::nullopt);
}

TEST(Verdict, TellsWhoWasRefusedFromWhoFailed) {
  EXPECT_EQ(OutcomeOf(Verdict::kOk), Outcome::kOk);
  EXPECT_EQ(OutcomeOf(Verdict::kOverloaded), Outcome::kRefused);
  EXPECT_EQ(OutcomeOf(Verdict::kInvalidJson), Outcome::kRefused);
  EXPECT_EQ(OutcomeOf(Verdict::kDeadlineExceeded), Outcome::kFailed);
  EXPECT_EQ(Name(Outcome::kFailed), "failed");
}

TEST(Verdict, HasTheWordOfTheDocs) {
  EXPECT_EQ(Name(Verdict::kNoWorkers), "no_workers");
  EXPECT_EQ(Name(Verdict::kAttemptsExhausted), "attempts_exhausted");
}

}  // namespace
}  // namespace shoal
