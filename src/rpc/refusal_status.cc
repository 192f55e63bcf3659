#include "rpc/refusal_status.h"

#include <string>

#include "proto/google_rpc_error_details.pb.h"
#include "proto/google_rpc_status.pb.h"

namespace shoal {

grpc::Status ToGrpc(const Refusal& refusal, grpc::ServerContextBase& context) {
  const std::string reason(Name(refusal.verdict));
  const int code = static_cast<int>(CodeOf(refusal.verdict));
  google::rpc::Status details;
  details.set_code(code);
  details.set_message(refusal.message);
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("shoal");
  details.add_details()->PackFrom(info);
  context.AddTrailingMetadata("x-shoal-reason", reason);
  const auto retry_ms = refusal.retry_after.count();
  if (retry_ms > 0) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(retry_ms / 1000);
    retry.mutable_retry_delay()->set_nanos(static_cast<int>(retry_ms % 1000 * 1'000'000));
    details.add_details()->PackFrom(retry);
    context.AddTrailingMetadata("grpc-retry-pushback-ms", std::to_string(retry_ms));
  }
  return {static_cast<grpc::StatusCode>(code), refusal.message, details.SerializeAsString()};
}

}  // namespace shoal
