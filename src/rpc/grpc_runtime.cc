#include "rpc/grpc_runtime.h"

#include <absl/synchronization/mutex.h>
#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <cstdio>

namespace shoal {
namespace {

void LogErrorsOnly(gpr_log_func_args* line) {
  if (line->severity < GPR_LOG_SEVERITY_ERROR) return;
  std::fprintf(stderr, "grpc: %s (%s:%d)\n", line->message, line->file, line->line);
}

}  // namespace

void InitRpc() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  gpr_set_log_function(LogErrorsOnly);
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
  google::protobuf::SetLogHandler(nullptr);
}

}  // namespace shoal
