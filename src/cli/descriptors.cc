#include "cli/descriptors.h"

#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/load.h"
#include "cli/server_setup.h"
#include "process/descriptor_limit.h"

namespace shoal {
namespace {

// Counted: a coordinator has 14 open, a serve 18 and 2 for each worker, a worker 16, a client 8, on
// 2 cores as on 64. Public connections come on top, and 16 that net/acceptor.cc leaves free.
constexpr std::size_t kServer = 48;
constexpr std::size_t kClient = 16;
constexpr std::size_t kPerWorker = 3;  // the connection before may still be there

bool UsesRpc(CommandSet command, const Settings& settings) {
  return command != For::kEmbed || IsGivenAsFlag(settings, "server");
}

}  // namespace

std::size_t LeastDescriptors(CommandSet command, std::size_t count) {
  if (command == For::kServe) return kServer + kPerWorker * count;
  if (command == For::kLoad) return kClient + count;
  if ((command & For::kServers) != 0) return kServer;
  return (command & (For::kStatus | For::kWorkers | For::kEmbed)) != 0 ? kClient : 0;
}

Status CheckDescriptors(CommandSet command, std::string_view name, const Settings& settings) {
  const std::optional<std::size_t> limit = RaiseDescriptorLimit();
  if (!limit || !UsesRpc(command, settings)) return {};
  std::size_t count = 0;
  std::string with;
  if (command == For::kServe) {
    count = OrCores(settings.Integer("workers"));
    with = " with --workers " + std::to_string(count);
  } else if (command == For::kLoad) {
    count = LoadConnections(settings);
    with = " with --connections " + std::to_string(count);
  }
  const std::size_t least = LeastDescriptors(command, count);
  if (*limit >= least) return {};
  return FailedPreconditionError(
      "found a limit of " + std::to_string(*limit) + " open files; " + std::string(name) + with +
      " needs at least " + std::to_string(least) +
      (command == For::kServe || command == For::kCoordinator ? ", and more for its clients" : "") +
      ": raise the hard limit with ulimit -n, or with LimitNOFILE= of a systemd unit");
}

}  // namespace shoal
