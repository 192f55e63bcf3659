#include "rpc/refusal_status.h"

#include <cstdint>
#include <string>

#include "proto/google/rpc/error_details.pb.h"

namespace shoal {
namespace {

// 0: the caller is told nothing.
std::int64_t RetryMilliseconds(const Refusal& refusal) {
  return MayRetry(refusal.verdict) ? refusal.retry_after.count() : 0;
}

}  // namespace

google::rpc::Status DetailsOf(const Refusal& refusal) {
  google::rpc::Status details;
  details.set_code(static_cast<int>(CodeOf(refusal.verdict)));
  details.set_message(refusal.message);
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(Name(refusal.verdict)));
  info.set_domain("shoal");
  details.add_details()->PackFrom(info);
  const auto retry_ms = RetryMilliseconds(refusal);
  if (retry_ms > 0) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(retry_ms / 1000);
    retry.mutable_retry_delay()->set_nanos(static_cast<int>(retry_ms % 1000 * 1'000'000));
    details.add_details()->PackFrom(retry);
  }
  return details;
}

CallStatus ToCallStatus(const Refusal& refusal) {
  const google::rpc::Status details = DetailsOf(refusal);
  CallStatus status{.code = CodeOf(refusal.verdict),
                    .message = refusal.message,
                    .details = details.SerializeAsString(),
                    .metadata = {{"x-shoal-reason", std::string(Name(refusal.verdict))}}};
  const auto retry_ms = RetryMilliseconds(refusal);
  if (retry_ms > 0) {
    status.metadata.emplace_back("grpc-retry-pushback-ms", std::to_string(retry_ms));
  }
  return status;
}

}  // namespace shoal
