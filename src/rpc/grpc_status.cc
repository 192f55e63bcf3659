#include "rpc/grpc_status.h"

#include <cerrno>
#include <cstring>
#include <string>

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

grpc::Status ToGrpc(const Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), status.message()};
}

}  // namespace shoal
