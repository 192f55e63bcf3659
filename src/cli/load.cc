#include "cli/load.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/clock.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/print.h"
#include "cli/text_input.h"
#include "load/load_run.h"
#include "rpc/embed_client.h"
#include "terminal/progress.h"
#include "terminal/table.h"

namespace shoal {
namespace {

constexpr std::string_view kScheme = "grpc://";
constexpr std::chrono::milliseconds kFirstAnswer{5'000};

struct Target {
  std::vector<std::unique_ptr<EmbedClient>> clients;
  ServiceInfo info;
};

Result<std::string> AddressOf(const std::string& target) {
  if (!target.starts_with(kScheme)) {
    return InvalidArgumentError("--target: found \"" + target + "\", accepted grpc://HOST:PORT");
  }
  return target.substr(kScheme.size());
}

Result<LoadPlan> PlanOf(const Settings& settings) {
  const std::int64_t rate = settings.Integer("rate");
  const std::int64_t concurrency = settings.Integer("concurrency");
  if ((rate > 0) == (concurrency > 0)) {
    return InvalidArgumentError(
        "accepted one of --rate R (an open loop: requests come whatever the server does) and "
        "--concurrency N (a closed loop: N callers that wait for their answers)");
  }
  const std::string& client = settings.Text("client");
  const bool printable =
      std::all_of(client.begin(), client.end(), [](char c) { return c >= 0x20 && c <= 0x7E; });
  if (!printable) return InvalidArgumentError("--client: accepted printable ASCII");
  return LoadPlan{
      .rate = static_cast<double>(rate),
      .concurrency = static_cast<std::size_t>(concurrency),
      .arrival =
          settings.Text("arrival") == "constant" ? ArrivalLaw::kConstant : ArrivalLaw::kPoisson,
      .duration = settings.Duration("duration"),
      .deadline = std::chrono::ceil<std::chrono::milliseconds>(settings.Duration("deadline")),
      .texts_per_request = static_cast<std::size_t>(settings.Integer("texts-per-request")),
      .text_tokens = static_cast<std::size_t>(settings.Integer("text-tokens")),
      .seed = static_cast<std::uint64_t>(settings.Integer("seed")),
      .priority = settings.Text("priority"),
      .client = settings.Text("client")};
}

Result<Target> Open(const std::string& address, std::size_t connections) {
  Target target;
  for (std::size_t i = 0; i < connections; ++i) {
    ASSIGN_OR_RETURN(std::unique_ptr<EmbedClient> client, ConnectEmbedClient(address));
    target.clients.push_back(std::move(client));
  }
  // Every connection stands before the first request is timed.
  for (const auto& client : target.clients) {
    ASSIGN_OR_RETURN(target.info, client->Info(kFirstAnswer));
  }
  return target;
}

std::string Fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string Milliseconds(const Percentiles& times) {
  return Fixed(times.p50 * 1e3, 1) + " / " + Fixed(times.p90 * 1e3, 1) + " / " +
         Fixed(times.p99 * 1e3, 1) + " / " + Fixed(times.p999 * 1e3, 1) + " / " +
         Fixed(times.max * 1e3, 1);
}

Table Overview(const LoadReport& report) {
  Table table{.columns = {"NAME", "VALUE"},
              .rows = {{"offered", Grouped(report.offered)},
                       {"sent", Grouped(report.sent)},
                       {"late starts", Grouped(report.late_starts)},
                       {"good (OK in time)", Grouped(report.good)},
                       {"wrong vectors", Grouped(report.wrong_vectors)}}};
  for (const auto& [verdict, count] : report.verdicts)
    table.rows.push_back({verdict, Grouped(count)});
  table.rows.push_back({"good requests/s", Fixed(report.goodput_per_second, 1)});
  table.rows.push_back({"good texts/s", Fixed(report.texts_per_second, 1)});
  table.rows.push_back({"good tokens/s", Fixed(report.tokens_per_second, 0)});
  table.rows.push_back({"latency ms p50/p90/p99/p99.9/max", Milliseconds(report.latency)});
  table.rows.push_back({"service ms p50/p90/p99/p99.9/max", Milliseconds(report.service)});
  table.rows.push_back({"refusal ms p50/p90/p99/p99.9/max", Milliseconds(report.refusal)});
  table.rows.push_back({"generator CPU s", Fixed(report.generator_cpu_seconds, 2)});
  table.rows.push_back({"valid", report.valid ? "yes" : "no: the generator lagged"});
  return table;
}

// Where the report goes besides stdout: nowhere, or to --output, which is opened before the load.
Result<std::optional<OutputFile>> OpenReport(const std::string& name) {
  if (name.empty()) return std::optional<OutputFile>();
  ASSIGN_OR_RETURN(const OutputTarget target, FindOutputTarget(name, -1));
  if (name == "-" || (!target.is_stream() && !name.ends_with(".json"))) {
    return InvalidArgumentError("found \"" + name + "\", accepted NAME.json");
  }
  ASSIGN_OR_RETURN(OutputFile file, OutputFile::Open(target));
  return std::optional<OutputFile>(std::move(file));
}

Status WriteReport(OutputFile& file, const LoadReport& report) {
  RETURN_IF_ERROR(file.Append(report.Json()));
  return file.Commit();
}

LoadReport Drive(const LoadPlan& plan, const Target& target) {
  const auto write_stderr = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
  };
  Progress progress({.label = "load", .unit = "requests", .total = {}, .style = StyleOf(stderr)},
                    SystemClock(), write_stderr);
  LoadReport report = RunLoad(plan, target.clients, target.info.model.dim, SystemClock(),
                              {.tick = [&progress](std::uint64_t done) { progress.Update(done); },
                               .stop = [] { return InterruptSignal() != 0; }});
  progress.Finish();
  return report;
}

}  // namespace

int RunLoadCommand(const Invocation& invocation) {
  const Settings& settings = invocation.settings;
  if (!invocation.arguments.empty()) return Fail(kExitUsage, "load: takes no arguments");
  const Result<std::string> address = AddressOf(settings.Text("target"));
  if (!address.ok()) return Fail(kExitUsage, address.status().message());
  const Result<LoadPlan> plan = PlanOf(settings);
  if (!plan.ok()) return Fail(kExitUsage, "load: " + plan.status().message());
  CatchInterrupts();
  Result<std::optional<OutputFile>> output = OpenReport(settings.Text("output"));
  if (!output.ok()) return FailOutput(output.status());
  const auto connections = static_cast<std::size_t>(settings.Integer("connections"));
  const Result<Target> target = Open(*address, connections);
  if (!target.ok()) return Fail(target.status().At("target " + settings.Text("target")));

  const LoadReport report = Drive(*plan, *target);
  const std::string& format = settings.Text("format");
  const std::string text = format == "json"    ? report.Json()
                           : format == "plain" ? PlainTable(Overview(report))
                                               : AlignedTable(Overview(report), StyleOf(stdout));
  Print(text);
  const Status written = *output ? WriteReport(**output, report) : Status();
  if (!written.ok()) return Fail(written);
  return InterruptSignal() == 0 ? kExitOk : InterruptExitCode();
}

}  // namespace shoal
