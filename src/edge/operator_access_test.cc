#include "edge/operator_access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::HasSubstr;

constexpr char kHere[] = "ipv4:127.0.0.1:4711";
constexpr char kThere[] = "ipv4:10.0.0.7:4711";

StatusCode CodeOf(const std::optional<Status>& status) {
  return status ? status->code() : StatusCode::kOk;
}

TEST(OperatorAccess, WithoutATokenIsForThisMachine) {
  const OperatorAccess access;
  EXPECT_EQ(access.WhyNot("", kHere), std::nullopt);
  EXPECT_EQ(access.WhyNot("", "unix:/run/x"), std::nullopt);
  EXPECT_EQ(CodeOf(access.WhyNot("", kThere)), StatusCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(access.WhyNot("Bearer x", kThere)), StatusCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(access.WhyNot("Bearer ", kThere)), StatusCode::kPermissionDenied);
  EXPECT_THAT(access.WhyNot("", kThere)->message(), HasSubstr("--operator-token-file"));
}

TEST(OperatorAccess, WithATokenIsForWhoShowsIt) {
  const OperatorAccess access("secret");
  for (const char* const peer : {kHere, kThere}) {
    EXPECT_EQ(access.WhyNot("Bearer secret", peer), std::nullopt);
    EXPECT_EQ(access.WhyNot("bearer  secret ", peer), std::nullopt);
    for (const char* const other : {"", "Bearer", "Bearer ", "Bearer secre", "Bearer secrets",
                                    "secret", "Basic secret", "Bearer Secret"}) {
      EXPECT_EQ(CodeOf(access.WhyNot(other, peer)), StatusCode::kUnauthenticated) << other;
    }
  }
}

TEST(OperatorAccess, NeverRepeatsWhatCame) {
  const OperatorAccess access("secret");
  EXPECT_THAT(access.WhyNot("Bearer guess", kThere)->message(), testing::Not(HasSubstr("guess")));
}

TEST(OperatorAccess, FromAfarAloneSomeThingsAskForIt) {
  EXPECT_EQ(OperatorAccess("secret").WhyNotFromAfar("", kHere), std::nullopt);
  EXPECT_EQ(OperatorAccess("secret").WhyNotFromAfar("Bearer secret", kThere), std::nullopt);
  EXPECT_EQ(CodeOf(OperatorAccess("secret").WhyNotFromAfar("", kThere)),
            StatusCode::kUnauthenticated);
  EXPECT_EQ(CodeOf(OperatorAccess().WhyNotFromAfar("", kThere)), StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace shoal
