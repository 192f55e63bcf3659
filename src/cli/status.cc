#include "cli/status.h"

#include <cmath>
#include <cstdio>

#include "cli/exit_code.h"
#include "cli/print.h"
#include "json/writer.h"
#include "rpc/embed_client.h"
#include "terminal/table.h"

namespace shoal {
namespace {

void WriteWorkers(JsonWriter& json, const std::vector<WorkerInfo>& workers) {
  json.BeginArray();
  for (const WorkerInfo& worker : workers) {
    json.BeginObject();
    json.Key("id").String(worker.id);
    json.Key("incarnation").String(worker.incarnation);
    json.Key("state").String(Name(worker.state));
    json.Key("lanes").Int(worker.lanes);
    json.Key("kernel_table").String(worker.kernel_table);
    json.Key("pid").Int(worker.pid);
    json.Key("tokens_per_second").Double(worker.tokens_per_second);
    json.Key("items_done").UInt(worker.items_done);
    json.Key("metrics_address").String(worker.metrics_address);
    json.EndObject();
  }
  json.EndArray();
}

std::string JsonStatus(const ServiceInfo& info) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Key("version").String(info.version);
  json.Key("model").String(info.model.name);
  json.Key("model_digest").String(info.model.digest);
  json.Key("precision").String(Name(info.model.precision));
  json.Key("dimensions").Int(info.model.dim);
  json.Key("max_tokens").Int(info.model.max_tokens);
  json.Key("coordinator_id").String(info.coordinator_id);
  json.Key("queued_items").UInt(info.queued_items);
  WriteWorkers(json.Key("workers"), info.workers);
  json.EndObject();
  return text + "\n";
}

Table Overview(const ServiceInfo& info) {
  return {.columns = {"NAME", "VALUE"},
          .rows = {{"version", info.version},
                   {"model", info.model.name},
                   {"precision", std::string(Name(info.model.precision))},
                   {"dimensions", std::to_string(info.model.dim)},
                   {"max tokens", std::to_string(info.model.max_tokens)},
                   {"coordinator", info.coordinator_id},
                   {"queued items", std::to_string(info.queued_items)},
                   {"workers", std::to_string(info.workers.size())}}};
}

Table Workers(const std::vector<WorkerInfo>& workers) {
  Table table{.columns = {"ID", "INCARNATION", "STATE", "LANES", "KERNELS", "PID", "TOKENS/S",
                          "ITEMS DONE", "METRICS"},
              .rows = {}};
  for (const WorkerInfo& worker : workers) {
    table.rows.push_back({worker.id, worker.incarnation, std::string(Name(worker.state)),
                          std::to_string(worker.lanes), worker.kernel_table,
                          std::to_string(worker.pid),
                          std::to_string(std::llround(worker.tokens_per_second)),
                          std::to_string(worker.items_done), worker.metrics_address});
  }
  return table;
}

}  // namespace

std::string RenderStatus(const ServiceInfo& info, std::string_view format,
                         const TerminalStyle& style) {
  if (format == "json") return JsonStatus(info);
  if (format == "plain")
    return PlainTable(Overview(info)) + "\n" + PlainTable(Workers(info.workers));
  return AlignedTable(Overview(info), style) + "\n" + AlignedTable(Workers(info.workers), style);
}

std::string RenderWorkers(const std::vector<WorkerInfo>& workers, std::string_view format,
                          const TerminalStyle& style) {
  if (format == "plain") return PlainTable(Workers(workers));
  if (format == "table") return AlignedTable(Workers(workers), style);
  std::string text;
  JsonWriter json(text);
  WriteWorkers(json, workers);
  return text + "\n";
}

int RunStatus(const Invocation& invocation) {
  const Settings& settings = invocation.settings;
  if (!invocation.arguments.empty()) {
    return Fail(kExitUsage, "status: takes no arguments; name the server with --server");
  }
  const std::string& server = settings.Text("server");
  const Result<std::unique_ptr<EmbedClient>> client = ConnectEmbedClient(server);
  if (!client.ok()) return Fail(kExitUsage, client.status().message());
  const Result<ServiceInfo> info =
      (*client)->Info(std::chrono::ceil<std::chrono::milliseconds>(settings.Duration("timeout")));
  if (!info.ok()) return Fail(info.status().At("server " + server));
  Print(RenderStatus(*info, settings.Text("format"), StyleOf(stdout)));
  return kExitOk;
}

}  // namespace shoal
