#include "dashboard/snapshot.h"

#include <array>

#include "api/precision.h"
#include "base/hex.h"
#include "dashboard/second_sample.h"
#include "json/writer.h"

namespace shoal {
namespace {

constexpr double kMicro = 1e-6;
// Clients in one snapshot: those who asked most.
constexpr std::size_t kMostClients = 20;

void AddModel(const ModelInfo& model, StateTree& to) {
  to.String("name", model.name);
  to.String("digest", model.digest);
  to.String("precision", Name(model.precision));
  to.Int("dim", model.dim);
  to.Int("max_tokens", model.max_tokens);
}

void AddListen(const ServingAddresses& addresses, StateTree& to) {
  to.String("grpc", addresses.grpc);
  if (!addresses.http.empty()) to.String("http", addresses.http);
}

void AddByReason(const DashboardFigures::ByReason& numbers, StateTree& to) {
  for (const auto& [reason, number] : numbers) to.Number(reason, number);
}

// Verdicts that came, by api.
void AddRequests(const CallTally& tally, StateTree& to) {
  for (int api = 0; api < kApis; ++api) {
    StateTree of;
    bool has_any = false;
    for (int verdict = 0; verdict < kVerdicts; ++verdict) {
      const std::uint64_t count = tally.count(static_cast<Api>(api), static_cast<Verdict>(verdict));
      if (count == 0) continue;
      has_any = true;
      of.UInt(Name(static_cast<Verdict>(verdict)), count);
    }
    if (has_any) to.Object(Name(static_cast<Api>(api))) = std::move(of);
  }
}

void AddTotals(const CallTally& tally, const DashboardFigures& figures, StateTree& to) {
  AddRequests(tally, to.Object("requests"));
  to.UInt("texts", tally.texts());
  AddTexts(tally.offered_texts(), to.Object("offered_texts"));
  to.UInt("tokens", tally.tokens());
  to.Number("goodput_cost", figures.goodput);
  AddByReason(figures.wasted, to.Object("wasted_cost"));
  AddByReason(figures.saved, to.Object("saved_cost"));
  AddByReason(figures.retries, to.Object("retries"));
  AddByReason(figures.ejections, to.Object("ejections"));
  AddByReason(figures.second_attempts, to.Object("second_attempts"));
}

// Nothing is said of what did not happen.
void AddTimes(const LogHistogram& times, StateTree& to) {
  if (times.count() == 0) return;
  to.Number("mean", times.mean() / 1e3, 3);
  to.Number("p50", times.Percentile(0.50) / 1e3, 3);
  to.Number("p95", times.Percentile(0.95) / 1e3, 3);
  to.Number("p99", times.Percentile(0.99) / 1e3, 3);
}

void AddSizes(const LogHistogram& sizes, StateTree& to) {
  if (sizes.count() == 0) return;
  to.Number("mean", sizes.mean());
  to.Number("p50", sizes.Percentile(0.50), 0);
  to.Number("p99", sizes.Percentile(0.99), 0);
}

void AddRates(const RecentFigures& recent, StateTree& to) {
  const CallFigures& sum = recent.sum;
  const auto rate = [&](std::string_view key, std::uint64_t count) {
    to.Number(key, static_cast<double>(count) / recent.seconds);
  };
  to.Number("window_seconds", recent.seconds, 0);
  rate("requests", sum.requests);
  rate("texts", sum.texts);
  rate("tokens", sum.tokens);
  rate("refused", sum.refused);
  rate("failed", sum.failed);
  rate("retries", sum.retries);
  if (sum.requests > 0) {
    to.Number("success_share", static_cast<double>(sum.served) / static_cast<double>(sum.requests),
              4);
  }
  AddTimes(sum.total, to.Object("latency_ms"));
}

void AddRecent(const RecentFigures& recent, StateTree& to) {
  AddRates(recent, to.Object("rates"));
  StateTree& stages = to.Object("stages_ms");
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    AddTimes(recent.sum.stages[i], stages.Object(kStages[i]));
  }
  StateTree& batches = to.Object("batches");
  batches.Number("per_second",
                 static_cast<double>(recent.sum.batch_items.count()) / recent.seconds);
  AddSizes(recent.sum.batch_items, batches.Object("items"));
  AddSizes(recent.sum.batch_tokens, batches.Object("tokens"));
  AddTimes(recent.sum.batch_execution, batches.Object("execution_ms"));
}

void AddQueues(const DashboardFigures& figures, StateTree& to) {
  for (const DashboardFigures::Queue& queue : figures.queues) {
    StateTree& of = to.Object(queue.kind);
    of.UInt("items", queue.items);
    of.Number("seconds", queue.seconds, 3);
    of.Number("oldest_age_seconds", queue.oldest_age_seconds, 3);
  }
}

void AddUsage(const std::vector<ClientUsage>& clients, StateTree& to) {
  std::size_t count = 0;
  for (const ClientUsage& client : clients) {
    if (count++ == kMostClients) return;
    StateTree& of = to.Object(client.client);
    of.UInt("requests", client.requests);
    of.UInt("refused", client.refused);
    of.UInt("failed", client.failed);
    of.UInt("texts", client.texts);
    of.UInt("tokens", client.tokens);
  }
}

void WriteTimes(const KeptCall& call, JsonWriter& json) {
  const EmbedTiming& timing = call.work.timing;
  const std::array<std::int64_t, kStages.size()> stages = {
      timing.tokenize_us, timing.queue_us - timing.tokenize_us, timing.dispatch_us,
      timing.compute_us, call.serialize.count()};
  json.Key("total_ms").Double(static_cast<double>(call.total.count()) / 1e3);
  json.Key("stages_ms").BeginObject();
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    json.Key(kStages[i]).Double(static_cast<double>(stages[i]) / 1e3);
  }
  json.EndObject();
}

std::string HexOf(const std::array<std::uint8_t, 16>& id) {
  std::string text;
  for (std::size_t half = 0; half < id.size(); half += 8) {
    std::uint64_t value = 0;
    for (std::size_t i = half; i < half + 8; ++i) value = value << 8 | id[i];
    text += Hex(value);
  }
  return text;
}

void Write(const KeptCall& call, JsonWriter& json) {
  json.BeginObject().Key("ended_unix_ms").Int(call.ended_unix_us / 1000);
  json.Key("api").String(Name(call.api)).Key("request_id").String(call.request_id);
  json.Key("client").String(call.client).Key("verdict").String(Name(call.verdict));
  if (!call.message.empty()) json.Key("message").String(call.message);
  json.Key("texts").UInt(call.texts).Key("tokens").UInt(call.work.tokens);
  WriteTimes(call, json);
  if (!call.work.queue.empty()) json.Key("queue").String(call.work.queue);
  json.Key("attempts").UInt(call.work.attempts).Key("workers").BeginArray();
  for (const auto& worker : call.work.workers) {
    json.BeginObject().Key("id").String(worker->id);
    json.Key("incarnation").String(worker->incarnation).EndObject();
  }
  json.EndArray();
  if (call.trace.exists()) json.Key("trace_id").String(HexOf(call.trace.trace_id));
  json.EndObject();
}

}  // namespace

std::string_view Name(ServingState state) {
  constexpr std::array<std::string_view, 3> kNames = {"not_ready", "ready", "draining"};
  return kNames[static_cast<std::size_t>(state)];
}

void AddWorker(const WorkerInfo& worker, StateTree& to) {
  to.String("id", worker.id);
  to.String("incarnation", worker.incarnation);
  to.String("state", Name(worker.state));
  to.Bool("attached", worker.attached);
  to.UInt("credit", worker.credit);
  to.UInt("in_flight", worker.in_flight);
  to.Number("tokens_per_second", worker.tokens_per_second, 0);
  to.UInt("batches_done", worker.batches_done);
  to.UInt("items_done", worker.items_done);
  to.UInt("restarts", worker.restarts);
  to.Number("cpu_seconds", static_cast<double>(worker.cpu_us) * kMicro);
  to.UInt("resident_bytes", worker.resident_bytes);
  to.Number("forward_p99_ms", worker.forward_p99_us / 1e3, 3);
  to.UInt("batches_executed", worker.batches_executed);
  to.UInt("items_executed", worker.items_executed);
  to.UInt("errors", worker.errors);
  to.String("metrics_address", worker.metrics_address);
  to.String("peer", worker.peer);
  to.Int("pid", worker.pid);
  to.Int("lanes", worker.lanes);
  to.String("isa", worker.kernel_table);
}

StateTree Snapshot(const DashboardSources& sources, const CallTally& tally,
                   const SnapshotMoment& moment) {
  const ServiceInfo info = sources.info();
  const DashboardFigures figures = sources.figures();
  StateTree state;
  state.String("version", info.version);
  if (!sources.revision.empty()) state.String("revision", sources.revision);
  state.String("coordinator_id", info.coordinator_id);
  state.Int("started_unix_ms", moment.began_unix_ms);
  const std::chrono::duration<double> uptime = moment.now - moment.began;
  state.Number("uptime_seconds", uptime.count(), 0);
  state.String("state", Name(sources.state()));
  if (sources.listen) AddListen(sources.listen(), state.Object("listen"));
  if (sources.log_level) state.String("log_level", sources.log_level());
  AddModel(info.model, state.Object("model"));
  AddTotals(tally, figures, state.Object("totals"));
  AddRecent(tally.Recent(moment.now), state);
  AddQueues(figures, state.Object("queues"));
  state.UInt("queued_bytes", figures.queued_bytes);
  state.UInt("in_flight", figures.open_calls);
  state.Number("capacity_cost_per_second", figures.capacity, 0);
  StateTree& workers = state.Object("workers");
  for (const WorkerInfo& worker : info.workers) AddWorker(worker, workers.Object(worker.id));
  AddUsage(sources.usage(), state.Object("usage"));
  return state;
}

std::string SlowRequestsJson(const std::vector<KeptCall>& calls) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject().Key("requests").BeginArray();
  for (const KeptCall& call : calls) Write(call, json);
  json.EndArray().EndObject();
  return text;
}

}  // namespace shoal
