#include "base/status.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

namespace shoal {
namespace {

Result<int> Half(int x) {
  if (x % 2 != 0) return InvalidArgumentError("found an odd number, expected an even one");
  return x / 2;
}

Result<int> Quarter(int x) {
  ASSIGN_OR_RETURN(const int half, Half(x));
  ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

TEST(Status, OkHasNoMessage) {
  EXPECT_TRUE(Status().ok());
  EXPECT_EQ(Status().ToString(), "OK");
}

TEST(Status, SaysCodeAndMessage) {
  EXPECT_EQ(NotFoundError("no vocab.txt").ToString(), "NOT_FOUND: no vocab.txt");
}

TEST(Status, AtPutsThePlaceInFront) {
  EXPECT_EQ(NotFoundError("no vocab.txt").At("model").message(), "model: no vocab.txt");
  EXPECT_TRUE(Status().At("model").ok());
}

TEST(Status, AnErrorKnowsTheLineThatMadeIt) {
  const Status status = NotFoundError("no vocab.txt");
  EXPECT_EQ(status.place().ToString(), "base/status_test.cc:" + std::to_string(__LINE__ - 1));
  EXPECT_EQ(ErrnoError("open x", ENOENT).place().line, __LINE__);
  EXPECT_EQ(Status(StatusCode::kAborted, "x").place().line, __LINE__);
}

TEST(Status, APlaceIsTheFileInItsFolder) {
  EXPECT_EQ((CodePlace{.file = "/a/src/net/dial.cc", .line = 7}.ToString()), "net/dial.cc:7");
  EXPECT_EQ((CodePlace{.file = "dial.cc", .line = 7}.ToString()), "dial.cc:7");
}

TEST(Status, CausesAreOneSentenceAndStayApart) {
  const Status outer =
      UnavailableError("no link").CausedBy(ErrnoError("connect", ECONNREFUSED).At("worker"));
  EXPECT_EQ(outer.message(), "no link: worker: connect: Connection refused");
  EXPECT_EQ(outer.own_message(), "no link");
  const Status middle = outer.cause();
  EXPECT_EQ(middle.own_message(), "worker");
  EXPECT_EQ(middle.code(), StatusCode::kUnknown);
  EXPECT_EQ(middle.cause().own_message(), "connect: Connection refused");
  EXPECT_TRUE(middle.cause().cause().ok());
}

TEST(Status, IsSmall) { EXPECT_LE(sizeof(Status), 2 * sizeof(void*)); }

TEST(Status, ErrnoKeepsWhatItMeans) {
  EXPECT_EQ(ErrnoError("open x", ENOENT).code(), StatusCode::kNotFound);
  EXPECT_EQ(ErrnoError("accept", EMFILE).code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrnoError("write x", EIO).code(), StatusCode::kUnknown);
}

TEST(Result, PassesValuesAndErrorsOn) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).status().code(), StatusCode::kInvalidArgument);
}

TEST(Result, HoldsWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 7);
}

TEST(ResultDeathTest, AValueThatIsNotThereEndsTheProcess) {
  EXPECT_DEATH(static_cast<void>(Half(1).value()), "odd number");
}

}  // namespace
}  // namespace shoal
