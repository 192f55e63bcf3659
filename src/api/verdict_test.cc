#include "api/verdict.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(Verdict, HasTheCodeThatClientsActOn) {
  EXPECT_EQ(CodeOf(Verdict::kOk), StatusCode::kOk);
  EXPECT_EQ(CodeOf(Verdict::kInvalidUtf8), StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(Verdict::kOverloaded), StatusCode::kResourceExhausted);
  EXPECT_EQ(CodeOf(Verdict::kNoWorkers), StatusCode::kUnavailable);
  EXPECT_EQ(CodeOf(Verdict::kInternal), StatusCode::kInternal);
}

TEST(Verdict, HasTheWordOfTheDocs) {
  EXPECT_EQ(Name(Verdict::kNoWorkers), "no_workers");
  EXPECT_EQ(Name(Verdict::kAttemptsExhausted), "attempts_exhausted");
}

}  // namespace
}  // namespace shoal
