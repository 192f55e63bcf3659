#include "rpc/grpc_status.h"

#include <gtest/gtest.h>

#include "rpc/refusal_status.h"

namespace shoal {
namespace {

StatusCode Code(grpc::StatusCode code, const std::string& message) {
  return FromGrpc({code, message}).code();
}

TEST(GrpcStatus, IsTheSameOnBothSides) {
  EXPECT_TRUE(FromGrpc(ToGrpc(Status())).ok());
  const Status status = FromGrpc(ToGrpc(DataLossError("half")));
  EXPECT_EQ(status.ToString(), "DATA_LOSS: half");
}

TEST(GrpcStatus, HavingNoDescriptorLeftIsNoFaultOfTheServer) {
  const std::string failed =
      "failed to connect to all addresses; last error: UNKNOWN: ipv4:[::]:1: ";
  EXPECT_EQ(Code(grpc::UNAVAILABLE, failed + "Too many open files"),
            StatusCode::kResourceExhausted);
  EXPECT_EQ(Code(grpc::UNAVAILABLE, failed + "Connection refused"), StatusCode::kUnavailable);
  EXPECT_EQ(Code(grpc::UNAVAILABLE, "Too many open files"), StatusCode::kUnavailable);
}

TEST(GrpcStatus, HasTheTimeToTryAgainOfItsDetails) {
  const auto hint = [](const Refusal& refusal) {
    const google::rpc::Status details = DetailsOf(refusal);
    return RetryAfterOf({grpc::StatusCode::UNAVAILABLE, "no", details.SerializeAsString()});
  };
  EXPECT_EQ(hint({.verdict = Verdict::kOverloaded, .retry_after = std::chrono::milliseconds(1500)}),
            std::chrono::milliseconds(1500));
  EXPECT_EQ(hint({.verdict = Verdict::kInvalidUtf8}), std::chrono::milliseconds(0));
  EXPECT_EQ(RetryAfterOf({grpc::StatusCode::UNAVAILABLE, "no", "no details"}),
            std::chrono::milliseconds(0));
  EXPECT_EQ(RetryAfterOf(grpc::Status::OK), std::chrono::milliseconds(0));
}

}  // namespace
}  // namespace shoal
