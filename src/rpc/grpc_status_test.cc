#include "rpc/grpc_status.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace shoal
