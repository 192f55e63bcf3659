#include "cli/workers.h"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "base/utf8.h"
#include "cli/exit_code.h"
#include "cli/print.h"
#include "cli/status.h"
#include "cli/token_file.h"
#include "rpc/embed_client.h"
#include "rpc/operator_client.h"

namespace shoal {
namespace {

std::chrono::milliseconds TimeoutOf(const Settings& settings) {
  return std::chrono::ceil<std::chrono::milliseconds>(settings.Duration("timeout"));
}

// Of `id` alone, where one is given.
int PrintWorkers(const Settings& settings, const std::optional<std::string>& id) {
  const std::string& server = settings.Text("server");
  const Result<std::unique_ptr<EmbedClient>> client = ConnectEmbedClient(server);
  if (!client.ok()) return Fail(kExitUsage, client.status().message());
  Result<ServiceInfo> info = (*client)->Info(TimeoutOf(settings));
  if (!info.ok()) return Fail(info.status().At("server " + server));
  std::vector<WorkerInfo>& workers = info->workers;
  std::erase_if(workers, [&id](const WorkerInfo& worker) { return id && worker.id != *id; });
  Print(RenderWorkers(workers, settings.Text("format"), StyleOf(stdout)));
  return kExitOk;
}

int SetDrained(const Invocation& invocation, std::string_view command, bool drained) {
  if (invocation.arguments.size() != 1) {
    return Fail(kExitUsage, std::string(command) + ": name one worker, as shoal workers list does");
  }
  const Settings& settings = invocation.settings;
  const std::string& server = settings.Text("server");
  const std::string& id = invocation.arguments[0];
  if (FirstInvalidUtf8(id)) {
    return Fail(kExitUsage, std::string(command) + ": found \"" + id + "\", accepted UTF-8");
  }
  const Result<std::string> token = ReadOperatorToken(settings);
  if (!token.ok()) return Fail(kExitConfiguration, token.status().message());
  const Status done = SetWorkerDrained(server, id, drained, *token, TimeoutOf(settings));
  if (!done.ok()) return Fail(done.At("server " + server));
  return PrintWorkers(settings, id);
}

}  // namespace

int RunWorkersList(const Invocation& invocation) {
  if (!invocation.arguments.empty()) {
    return Fail(kExitUsage, "workers list: takes no arguments; name the server with --server");
  }
  return PrintWorkers(invocation.settings, std::nullopt);
}

int RunWorkersDrain(const Invocation& invocation) {
  return SetDrained(invocation, "workers drain", true);
}

int RunWorkersResume(const Invocation& invocation) {
  return SetDrained(invocation, "workers resume", false);
}

}  // namespace shoal
