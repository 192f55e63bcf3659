#include "dashboard/operator_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace shoal {
namespace {

bool HasHeader(const HttpAnswer& answer, std::string_view name) {
  return std::any_of(answer.headers.begin(), answer.headers.end(),
                     [name](const HttpField& field) { return field.name == name; });
}

TEST(OperatorError, IsSaidAsOpenAiSaysIt) {
  const HttpAnswer answer =
      AnswerOf({.status = 400, .code = "invalid_request", .message = "no", .param = "limit"});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body,
            R"({"error":{"message":"no","type":"invalid_request_error","param":"limit",)"
            R"("code":"invalid_request"}})");
  EXPECT_FALSE(HasHeader(answer, "WWW-Authenticate"));
}

TEST(OperatorError, OfAStatusHasItsWord) {
  const OperatorError error = OperatorErrorOf(NotFoundError("w9 is unknown"));
  EXPECT_EQ(error.status, 404);
  EXPECT_EQ(error.code, "not_found");
  EXPECT_THAT(AnswerOf(error).body, testing::HasSubstr(R"("param":null)"));
}

TEST(OperatorError, ThatAsksForATokenSaysHow) {
  const OperatorError error = OperatorErrorOf(Status(StatusCode::kUnauthenticated, "no token"));
  EXPECT_EQ(error.status, 401);
  EXPECT_TRUE(HasHeader(AnswerOf(error), "WWW-Authenticate"));
}

}  // namespace
}  // namespace shoal
