#include <cerrno>
#include <string>
#include <vector>

#include "base/status.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/print.h"
#include "process/standard_streams.h"
#include "rpc/grpc_runtime.h"
#include "telemetry/log.h"

// The loader calls it before it initialises any library.
using Step = bool (*)();
[[gnu::section(".preinit_array"), gnu::used]] static Step streams = shoal::OpenStandardStreams;

int main(int argc, char** argv) {
  if (!shoal::OpenStandardStreams()) {
    return shoal::Fail(shoal::ErrnoError("open /dev/null for a closed standard stream", errno));
  }
  shoal::InitRpc();
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const int code = shoal::Dispatch(words);
  shoal::StopLogging();  // of a server that ended early
  return shoal::FinishStdout(code);
}
