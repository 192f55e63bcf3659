#include "top/snapshot_reader.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "json/value.h"

namespace shoal {
namespace {

constexpr std::array<std::string_view, 5> kStages = {"tokenize", "queue", "dispatch", "inference",
                                                     "serialize"};

double Number(const JsonValue& object, std::string_view key) {
  const std::optional<JsonValue> value = object.Find(key);
  if (!value) return 0;
  const Result<double> number = value->AsDouble();
  return number.ok() ? *number : 0;
}

std::uint64_t Count(const JsonValue& object, std::string_view key) {
  const std::optional<JsonValue> value = object.Find(key);
  if (!value) return 0;
  const Result<std::int64_t> count = value->AsInt(0, std::numeric_limits<std::int64_t>::max());
  return count.ok() ? static_cast<std::uint64_t>(*count) : 0;
}

std::string Text(const JsonValue& object, std::string_view key) {
  const std::optional<JsonValue> value = object.Find(key);
  if (!value) return "";
  Result<std::string> text = value->AsString();
  return text.ok() ? *std::move(text) : "";
}

bool Bool(const JsonValue& object, std::string_view key) {
  const std::optional<JsonValue> value = object.Find(key);
  if (!value) return false;
  const Result<bool> is_true = value->AsBool();
  return is_true.ok() && *is_true;
}

std::vector<JsonMember> MembersOf(const JsonValue& object, std::string_view key) {
  const std::optional<JsonValue> value = object.Find(key);
  if (!value) return {};
  Result<std::vector<JsonMember>> members = value->Members();
  return members.ok() ? *std::move(members) : std::vector<JsonMember>();
}

std::optional<ShownTimes> TimesOf(const JsonValue& object, std::string_view key) {
  const std::optional<JsonValue> value = object.Find(key);
  if (!value || !value->Find("p99")) return std::nullopt;
  return ShownTimes{.mean = Number(*value, "mean"),
                    .p50 = Number(*value, "p50"),
                    .p95 = Number(*value, "p95"),
                    .p99 = Number(*value, "p99")};
}

void AddByVerdict(const std::vector<JsonMember>& members, ByVerdict& to) {
  for (const JsonMember& member : members) {
    const std::optional<Verdict> verdict = ParseVerdict(member.key);
    const Result<double> number = member.value.AsDouble();
    if (verdict && number.ok()) to[static_cast<std::size_t>(*verdict)] += *number;
  }
}

ShownWorker WorkerOf(const JsonMember& member) {
  const JsonValue& of = member.value;
  return {.id = member.key,
          .incarnation = Text(of, "incarnation"),
          .state = Text(of, "state"),
          .attached = Bool(of, "attached"),
          .credit = Count(of, "credit"),
          .in_flight = Count(of, "in_flight"),
          .tokens_per_second = Number(of, "tokens_per_second"),
          .batches_done = Count(of, "batches_done"),
          .items_done = Count(of, "items_done"),
          .restarts = Count(of, "restarts"),
          .cpu_seconds = Number(of, "cpu_seconds"),
          .resident_bytes = Count(of, "resident_bytes"),
          .forward_p99_ms = Number(of, "forward_p99_ms"),
          .errors = Count(of, "errors"),
          .metrics_address = Text(of, "metrics_address"),
          .peer = Text(of, "peer"),
          .pid = static_cast<std::int64_t>(Count(of, "pid")),
          .lanes = static_cast<std::int64_t>(Count(of, "lanes")),
          .isa = Text(of, "isa")};
}

ShownSecond SecondOf(const JsonValue& of) {
  ShownSecond second{.unix_second = static_cast<std::int64_t>(Count(of, "unix_ms") / 1000),
                     .requests = Number(of, "requests"),
                     .tokens = Number(of, "tokens"),
                     .latency = TimesOf(of, "latency_ms"),
                     .in_flight = Number(of, "in_flight"),
                     .offered_cost = Number(of, "offered_cost"),
                     .capacity_cost = Number(of, "capacity_cost"),
                     .goodput_cost = Number(of, "goodput_cost"),
                     .unix_ms = static_cast<std::int64_t>(Count(of, "unix_ms"))};
  AddByVerdict(MembersOf(of, "texts"), second.texts);
  if (const std::optional<JsonValue> queues = of.Find("queue_seconds")) {
    for (std::size_t i = 0; i < kShownQueues.size(); ++i) {
      second.queue_seconds[i] = Number(*queues, kShownQueues[i]);
    }
  }
  return second;
}

std::vector<ShownEvent> EventsOf(const JsonValue& root) {
  std::vector<ShownEvent> events;
  for (const JsonMember& member : MembersOf(root, "events")) {
    ShownEvent event{.unix_ms = static_cast<std::int64_t>(Count(member.value, "unix_ms")),
                     .text = Text(member.value, "text"),
                     .worker = Text(member.value, "worker"),
                     .kind = Text(member.value, "kind")};
    const char* const end = member.key.data() + member.key.size();
    std::from_chars(member.key.data(), end, event.id);
    if (!event.text.empty()) events.push_back(std::move(event));
  }
  std::ranges::sort(events, {}, &ShownEvent::id);
  return events;
}

void AddRates(const JsonValue& root, ShownSnapshot& to) {
  const std::optional<JsonValue> rates = root.Find("rates");
  if (!rates) return;
  to.requests_rate = Number(*rates, "requests");
  to.texts_rate = Number(*rates, "texts");
  to.tokens_rate = Number(*rates, "tokens");
  to.refused_rate = Number(*rates, "refused");
  to.failed_rate = Number(*rates, "failed");
  to.latency = TimesOf(*rates, "latency_ms");
}

void AddTotals(const JsonValue& root, ShownSnapshot& to) {
  const std::optional<JsonValue> totals = root.Find("totals");
  if (!totals) return;
  to.texts = Number(*totals, "texts");
  to.tokens = Number(*totals, "tokens");
  for (const JsonMember& api : MembersOf(*totals, "requests")) {
    const Result<std::vector<JsonMember>> counts = api.value.Members();
    if (counts.ok()) AddByVerdict(*counts, to.requests);
  }
}

void AddStages(const JsonValue& root, ShownSnapshot& to) {
  const std::optional<JsonValue> stages = root.Find("stages_ms");
  if (!stages) return;
  for (const std::string_view name : kStages) {
    const std::optional<JsonValue> stage = stages->Find(name);
    if (!stage || !stage->Find("mean")) continue;
    to.stages.push_back({.name = std::string(name), .mean_ms = Number(*stage, "mean")});
  }
}

void AddQueues(const JsonValue& root, ShownSnapshot& to) {
  const std::optional<JsonValue> queues = root.Find("queues");
  for (const std::string_view kind : kShownQueues) {
    ShownQueue queue{.kind = std::string(kind)};
    if (const auto of = queues ? queues->Find(kind) : std::nullopt) {
      queue.items = Count(*of, "items");
      queue.seconds = Number(*of, "seconds");
    }
    to.queues.push_back(std::move(queue));
  }
}

}  // namespace

Result<ShownSnapshot> ReadSnapshot(std::string_view text) {
  ASSIGN_OR_RETURN(const JsonValue root, ParseJson(text, {.name = "the snapshot"}));
  RETURN_IF_ERROR(root.GetString("state").status());
  RETURN_IF_ERROR(root.Get("workers").status());
  ShownSnapshot snapshot{.version = Text(root, "version"),
                         .coordinator_id = Text(root, "coordinator_id"),
                         .state = Text(root, "state"),
                         .uptime_seconds = Number(root, "uptime_seconds"),
                         .in_flight = Count(root, "in_flight")};
  if (const std::optional<JsonValue> model = root.Find("model")) {
    snapshot.model = Text(*model, "name");
    snapshot.precision = Text(*model, "precision");
  }
  AddRates(root, snapshot);
  AddTotals(root, snapshot);
  AddStages(root, snapshot);
  AddQueues(root, snapshot);
  for (const JsonMember& worker : MembersOf(root, "workers")) {
    snapshot.workers.push_back(WorkerOf(worker));
  }
  if (const std::optional<JsonValue> second = root.Find("second"); second && second->is_object()) {
    snapshot.second = SecondOf(*second);
  }
  snapshot.events = EventsOf(root);
  return snapshot;
}

Result<std::vector<ShownSecond>> ReadHistory(std::string_view text) {
  ASSIGN_OR_RETURN(const JsonValue root, ParseJson(text, {.name = "the history"}));
  ASSIGN_OR_RETURN(const JsonValue list, root.Get("seconds"));
  ASSIGN_OR_RETURN(const std::vector<JsonValue> elements, list.Elements());
  std::vector<ShownSecond> seconds;
  seconds.reserve(elements.size());
  for (const JsonValue& element : elements) seconds.push_back(SecondOf(element));
  return seconds;
}

}  // namespace shoal
