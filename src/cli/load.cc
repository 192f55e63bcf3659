#include "cli/load.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/load_facts.h"
#include "cli/load_knee.h"
#include "cli/load_plan.h"
#include "cli/load_processes.h"
#include "cli/load_reports.h"
#include "cli/load_screen.h"
#include "cli/load_verdict.h"
#include "cli/print.h"
#include "cli/text_input.h"
#include "load/http_target.h"
#include "load/load_run.h"
#include "load/report_json.h"
#include "rpc/embed_client.h"
#include "terminal/progress.h"
#include "terminal/table.h"

namespace shoal {
namespace {

constexpr std::size_t kGrpcConnections = 4;
// HTTP/1.1 needs one for each request in flight; a server takes 1024 unless it is told otherwise.
constexpr std::size_t kHttpConnections = 1000;

struct Scheme {
  std::string_view prefix;
  std::optional<HttpForm> form;  // none: gRPC
};
constexpr std::array kSchemes = {Scheme{"grpc://", std::nullopt},
                                 Scheme{"openai+http://", HttpForm::kOpenAi},
                                 Scheme{"openai-base64+http://", HttpForm::kOpenAiBase64},
                                 Scheme{"tei+http://", HttpForm::kTei}};

constexpr std::chrono::milliseconds kFirstAnswer{5'000};

struct Target {
  std::vector<std::unique_ptr<EmbedClient>> clients;
  ServiceInfo info;
};

struct TargetEndpoint {
  std::optional<HttpForm> form;
  std::string address;
};

Result<TargetEndpoint> EndpointOf(const std::string& target) {
  std::string accepted;
  for (const auto& [prefix, form] : kSchemes) {
    if (target.starts_with(prefix)) {
      return TargetEndpoint{.form = form, .address = target.substr(prefix.size())};
    }
    accepted.append(accepted.empty() ? "" : ", ").append(prefix).append("HOST:PORT");
  }
  return InvalidArgumentError("--target: found \"" + target + "\", accepted " + accepted);
}

// One client for each connection of gRPC; one of HTTP has connections of its own.
Result<Target> Open(const TargetEndpoint& endpoint, std::size_t connections) {
  Target target;
  const std::size_t clients = endpoint.form ? 1 : connections;
  for (std::size_t i = 0; i < clients; ++i) {
    ASSIGN_OR_RETURN(
        std::unique_ptr<EmbedClient> client,
        endpoint.form ? OpenHttpTarget(*endpoint.form, endpoint.address, connections, SystemClock())
                      : ConnectEmbedClient(endpoint.address));
    target.clients.push_back(std::move(client));
  }
  // Every connection of gRPC stands before the first request is timed.
  for (const auto& client : target.clients) {
    ASSIGN_OR_RETURN(target.info, client->Info(kFirstAnswer));
  }
  return target;
}

std::string Milliseconds(const Percentiles& times) {
  return Decimals(times.p50 * 1e3, 1) + " / " + Decimals(times.p90 * 1e3, 1) + " / " +
         Decimals(times.p99 * 1e3, 1) + " / " + Decimals(times.p999 * 1e3, 1) + " / " +
         Decimals(times.max * 1e3, 1);
}

Table Overview(const LoadReport& report) {
  Table table{.columns = {"NAME", "VALUE"},
              .rows = {{"offered", Grouped(report.offered)},
                       {"sent", Grouped(report.sent)},
                       {"late starts", Grouped(report.late_starts)},
                       {"good (OK in time)", Grouped(report.good)},
                       {"wrong vectors", Grouped(report.wrong_vectors)}}};
  if (report.validated > 0) table.rows.push_back({"validated", Grouped(report.validated)});
  if (!report.wrong_example.empty()) {
    table.rows.push_back({"first wrong vector", report.wrong_example});
  }
  if (report.retries > 0) table.rows.push_back({"retries", Grouped(report.retries)});
  for (const auto& [verdict, count] : report.verdicts)
    table.rows.push_back({verdict, Grouped(count)});
  table.rows.push_back({"good requests/s", Decimals(report.goodput_per_second, 1)});
  table.rows.push_back({"good texts/s", Decimals(report.texts_per_second, 1)});
  table.rows.push_back({"good tokens/s", Decimals(report.tokens_per_second, 0)});
  table.rows.push_back({"latency ms p50/p90/p99/p99.9/max", Milliseconds(report.latency)});
  table.rows.push_back({"service ms p50/p90/p99/p99.9/max", Milliseconds(report.service)});
  table.rows.push_back({"refusal ms p50/p90/p99/p99.9/max", Milliseconds(report.refusal)});
  table.rows.push_back({"generator CPU s", Decimals(report.generator_cpu_seconds, 2)});
  table.rows.push_back({"valid", report.valid ? "yes" : "no: the generator lagged"});
  return table;
}

std::string Render(const LoadReport& report, std::string_view format) {
  if (format == "json") return ReportJson(report);
  return format == "plain" ? PlainTable(Overview(report))
                           : AlignedTable(Overview(report), StyleOf(stdout));
}

struct Driving {
  std::size_t processes = 1;
  const std::vector<Threshold>* ends_at = nullptr;     // the run, where it meets one of them
  std::function<void(const LoadProgress&)> show = {};  // none: it is not shown
};

// In this process, or in several.
Result<LoadReport> Drive(const LoadPlan& plan, const Target& target, const Driving& how) {
  std::optional<RunJudge> judge;
  if (how.ends_at != nullptr) judge.emplace(*how.ends_at, plan);
  const LoadRunHooks hooks{
      .tick =
          [&](const LoadProgress& progress) {
            if (how.show) how.show(progress);
            if (judge) judge->Take(progress);
          },
      .stop = [&judge] { return InterruptSignal() != 0 || (judge && judge->breach()); }};
  ASSIGN_OR_RETURN(const LoadRows rows, how.processes > 1
                                            ? SendLoadInProcesses(how.processes, plan, hooks)
                                            : SendLoad(plan, target.clients, target.info.model.dim,
                                                       SystemClock(), hooks));
  LoadReport report = ReportOf(plan, rows);
  if (judge) report.ended_as = judge->breach().value_or("");
  return report;
}

// Shown as it goes on: live on a terminal, elsewhere a line now and then.
Result<LoadReport> DriveShown(const LoadPlan& plan, const Target& target, Driving how) {
  const TerminalStyle style = StyleOf(stderr);
  if (style.is_terminal) {
    LoadScreen screen(plan.duration, plan.deadline);
    how.show = [&screen](const LoadProgress& now) { screen.Tell(now); };
    return Drive(plan, target, how);
  }
  Progress progress(
      {.label = "load", .unit = "requests", .total = {}, .style = style}, SystemClock(),
      [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); });
  how.show = [&progress](const LoadProgress& now) { progress.Update(now.answered); };
  Result<LoadReport> report = Drive(plan, target, how);
  progress.Finish();
  return report;
}

// Adds what the run itself does not know.
void Complete(const Settings& settings, const Target& target,
              const std::vector<Threshold>& thresholds, LoadReport& report) {
  AddFacts(settings, target.info, report.run);
  report.thresholds = JudgeAll(thresholds, FiguresOf(report));
  const Status asked = AskServer(settings, report);
  if (asked.ok()) return;
  Warn("--operator " + settings.Text("operator") + ": " + asked.message() +
       "; the report is without what the server says of itself");
}

int RunPart(const Settings& settings, const TargetEndpoint& endpoint, const LoadPlan& plan,
            const LoadPartLink& link) {
  const Result<Target> target = Open(endpoint, LoadConnections(settings));
  if (!target.ok()) return Fail(target.status().At("target " + settings.Text("target")));
  const Status sent = SendLoadPart(link, plan, target->clients, target->info.model.dim);
  if (sent.ok()) return kExitOk;
  return InterruptSignal() == 0 ? Fail(sent) : InterruptExitCode();
}

}  // namespace

std::size_t LoadConnections(const Settings& settings) {
  const auto given = static_cast<std::size_t>(settings.Integer("connections"));
  if (given > 0) return given;
  const Result<TargetEndpoint> endpoint = EndpointOf(settings.Text("target"));
  if (!endpoint.ok() || !endpoint->form) return kGrpcConnections;
  const auto callers = static_cast<std::size_t>(settings.Integer("concurrency"));
  return callers > 0 ? std::min(callers, kHttpConnections) : kHttpConnections;
}

int RunLoadCommand(const Invocation& invocation) {
  const Settings& settings = invocation.settings;
  if (!invocation.arguments.empty()) return Fail(kExitUsage, "load: takes no arguments");
  const Result<TargetEndpoint> endpoint = EndpointOf(settings.Text("target"));
  if (!endpoint.ok()) return Fail(kExitUsage, endpoint.status().message());
  const Result<LoadPlan> plan = LoadPlanOf(settings);
  if (!plan.ok()) return FailInput(plan.status().At("load"));
  const Result<std::vector<Threshold>> thresholds = RunThresholds(settings);
  if (!thresholds.ok()) return Fail(kExitUsage, thresholds.status().message());
  CatchInterrupts();
  const Result<std::optional<LoadPartLink>> part = InheritedLoadPart();
  if (!part.ok()) return Fail(part.status());
  if (*part) return RunPart(settings, *endpoint, *plan, **part);
  const bool finds_knee = settings.Switch("find-knee");
  Result<std::vector<ReportFile>> outputs =
      finds_knee ? OpenKneeReports(settings.List("output")) : OpenReports(settings.List("output"));
  if (!outputs.ok()) return FailOutput(outputs.status());
  Result<Target> target = Open(*endpoint, LoadConnections(settings));
  if (!target.ok()) return Fail(target.status().At("target " + settings.Text("target")));

  const Driving how{.processes = static_cast<std::size_t>(settings.Integer("processes")),
                    .ends_at = settings.Switch("abort-on-fail") ? &*thresholds : nullptr};
  if (finds_knee) {
    const auto run = [&](const LoadPlan& piece, bool is_step) {
      return Drive(piece, *target, is_step ? how : Driving());
    };
    return FindKnee(settings, *plan, *thresholds, run,
                    [&outputs](const std::string& json) { return WriteJson(*outputs, json); });
  }
  if (how.processes > 1) target->clients.clear();  // they have connections of their own
  Result<LoadReport> report = DriveShown(*plan, *target, how);
  if (!report.ok()) {
    return InterruptSignal() == 0 ? Fail(report.status().At("load")) : InterruptExitCode();
  }
  Complete(settings, *target, *thresholds, *report);
  Print(Render(*report, settings.Text("format")));
  const Status written = WriteReports(*outputs, *report);
  if (!written.ok()) return Fail(written);
  return InterruptSignal() == 0 ? VerdictOn(*report, *thresholds) : InterruptExitCode();
}

}  // namespace shoal
