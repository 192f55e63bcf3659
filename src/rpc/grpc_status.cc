#include "rpc/grpc_status.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "proto/google/rpc/error_details.pb.h"
#include "proto/google/rpc/status.pb.h"

namespace shoal {
namespace {

// gRPC says UNAVAILABLE also when this process has no descriptor left to connect with.
bool HasNoDescriptorLeft(const grpc::Status& status) {
  const std::string message = status.error_message();
  return status.error_code() == grpc::StatusCode::UNAVAILABLE &&
         message.starts_with("failed to connect") &&
         (message.ends_with(std::strerror(EMFILE)) || message.ends_with(std::strerror(ENFILE)));
}

}  // namespace

Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return {};
  if (HasNoDescriptorLeft(status)) return ResourceExhaustedError(status.error_message());
  const int code = status.error_code();
  const bool known = code > 0 && code <= static_cast<int>(StatusCode::kUnauthenticated);
  return {known ? static_cast<StatusCode>(code) : StatusCode::kUnknown, status.error_message()};
}

std::chrono::milliseconds RetryAfterOf(const grpc::Status& status) {
  constexpr std::int64_t kMostSeconds = 86'400;
  google::rpc::Status details;
  if (status.ok() || status.error_details().empty() ||
      !details.ParseFromString(status.error_details())) {
    return std::chrono::milliseconds(0);
  }
  for (const google::protobuf::Any& detail : details.details()) {
    google::rpc::RetryInfo retry;
    if (!detail.Is<google::rpc::RetryInfo>() || !detail.UnpackTo(&retry)) continue;
    const std::int64_t seconds =
        std::clamp<std::int64_t>(retry.retry_delay().seconds(), 0, kMostSeconds);
    const std::int64_t nanos = std::clamp(retry.retry_delay().nanos(), 0, 999'999'999);
    return std::chrono::milliseconds(seconds * 1000 + (nanos + 999'999) / 1'000'000);
  }
  return std::chrono::milliseconds(0);
}

grpc::Status ToGrpc(const Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), status.message()};
}

}  // namespace shoal
