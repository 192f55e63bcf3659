#include "scenario.h"

#include <algorithm>

#include "call_record.h"
#include "distributions.h"
#include "scenario_faults.h"

namespace shoal::sim {

namespace {

constexpr double kSecond = 1e6;
// A seed is over after about so many batches: a thousand seeds must end in minutes.
constexpr double kMostBatches = 4000;

Play PlayOf(Rng& rng) {
  const std::uint64_t dice = rng.Below(100);
  if (dice < 48) return Play::kChaos;
  if (dice < 66) return Play::kCalm;
  constexpr Play kRest[] = {Play::kShares,      Play::kFair,   Play::kFairPatient, Play::kTrigger,
                            Play::kPoison,      Play::kPauses, Play::kRandomKills, Play::kResets,
                            Play::kLateBatches, Play::kNotRun, Play::kTwins,       Play::kSilences};
  return kRest[rng.Below(std::size(kRest))];
}

void DrawWorkers(Rng& rng, Scenario& scenario) {
  const bool chaos = scenario.play == Play::kChaos;
  const bool calm = scenario.play == Play::kCalm;
  std::uint64_t count = Between(rng, 2, 8);
  if (chaos || calm) count = static_cast<std::uint64_t>(LogUniform(rng, 1, 65));
  if (scenario.play == Play::kTrigger) count = 2 * Between(rng, 2, 4);
  int lanes = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    WorkerSpec& worker = scenario.workers.emplace_back();
    worker.id = "worker-" + std::to_string(i);
    worker.lanes =
        static_cast<std::uint32_t>(Between(rng, 1, scenario.play == Play::kTrigger ? 1 : 4));
    lanes += static_cast<int>(worker.lanes);
  }
  const double slower = std::max(1.0, lanes / 12.0) * LogUniform(rng, 0.7, 3);
  // A new attachment is believed to be half a millisecond away. Where promises are kept to the
  // letter, it is; after the trigger new attachments carry half of the load.
  const bool near = scenario.blameless() || scenario.play == Play::kTrigger;
  const double delay = LogUniform(rng, 50, near ? 200 : 20'000);
  const bool mixed = chaos && Chance(rng, 0.4);
  for (WorkerSpec& worker : scenario.workers) {
    const double own = mixed ? LogUniform(rng, 1, 4) : 1;
    worker.alpha_us = 300 * slower * own;
    worker.per_token_us = 98 * slower * own;
    worker.path.delay = Micros(chaos && Chance(rng, 0.3) ? LogUniform(rng, 50, 100'000) : delay);
    worker.path.jitter = calm ? 0 : Uniform(rng, 0, 0.5);
    if (chaos && Chance(rng, 0.1)) worker.path.loss = LogUniform(rng, 1e-4, 0.02);
    worker.clock = microseconds(rng.Below(1'000'000'000));
    if (mixed && Chance(rng, 0.2)) worker.slower = LogUniform(rng, 1, 20);
    if (chaos && Chance(rng, 0.2))
      worker.max_batch_items = static_cast<std::uint32_t>(Between(rng, 1, 8));
    if (chaos && Chance(rng, 0.1)) worker.first_start = microseconds(rng.Below(3'000'000));
  }
  if (chaos && Chance(rng, 0.05)) {  // the first worker comes late
    for (WorkerSpec& worker : scenario.workers)
      worker.first_start += microseconds(4'000'000 + rng.Below(3'000'000));
  }
}

// Mean cost of a call of the group.
double MeanCost(const Group& group, std::uint32_t attention_cost) {
  Rng rng(7);
  double cost = 0;
  constexpr int kDraws = 200;
  for (int i = 0; i < kDraws; ++i) {
    for (const std::uint32_t length : DrawLengths(rng, group)) {
      cost += static_cast<double>(CostOf(length, attention_cost));
    }
  }
  return cost / kDraws;
}

// The group offers `load` times what the pool can do.
void SetLoad(const Scenario& scenario, Group& group, double load) {
  const double per_call = MeanCost(group, scenario.options.attention_cost);
  group.calls_per_second = load * scenario.Capacity() * kSecond / per_call;
  group.ends = scenario.safety;
}

Group DrawGroup(Rng& rng, const Scenario& scenario, std::uint64_t client) {
  Group group{.client = client};
  const bool chaos = scenario.play == Play::kChaos;
  group.most_texts = static_cast<std::uint32_t>(LogUniform(rng, 1, 64));
  group.median_tokens = LogUniform(rng, 8, 60);
  group.shortest_deadline_us = LogUniform(rng, 50e3, 500e3);
  group.longest_deadline_us = group.shortest_deadline_us * LogUniform(rng, 1, 20);
  if (Chance(rng, 0.4)) group.no_deadline = Uniform(rng, 0, 1);
  if (Chance(rng, 0.3)) group.high = Uniform(rng, 0, 0.2);
  if (chaos || Chance(rng, 0.3)) group.bulk = Chance(rng, 0.4) ? Uniform(rng, 0, 0.3) : 0;
  if (chaos) {
    group.burst = LogUniform(rng, 1, 30);
    group.cancelled = Chance(rng, 0.5) ? Uniform(rng, 0, 0.5) : 0;
    group.tiny_deadline = Chance(rng, 0.3) ? Uniform(rng, 0, 0.3) : 0;
    group.huge = Chance(rng, 0.2) ? 0.01 : 0;
    group.poison = Chance(rng, 0.15) ? 0.002 : 0;
    group.constant = Chance(rng, 0.3) ? Uniform(rng, 0, 1) : 0;
    group.retry = static_cast<Retry>(rng.Below(3));
  }
  return group;
}

void DrawMixedGroups(Rng& rng, Scenario& scenario) {
  const double load = LogUniform(rng, 0.1, 10);
  const std::uint64_t count = Between(rng, 1, 5);
  const bool elephant = count > 1 && Chance(rng, 0.3);
  for (std::uint64_t i = 0; i < count; ++i) {
    Group group = DrawGroup(rng, scenario, 1 + i);
    const double part = elephant ? (i == 0 ? 0.9 : 0.1 / static_cast<double>(count - 1))
                                 : 1 / static_cast<double>(count);
    SetLoad(scenario, group, load * part);
    scenario.groups.push_back(group);
  }
}

// Several clients, each wanting more than its part, one of them much more.
void DrawFairGroups(Rng& rng, Scenario& scenario, bool patient) {
  const std::uint64_t count = Between(rng, 2, 5);
  for (std::uint64_t i = 0; i < count; ++i) {
    Group group{.client = 1 + i, .most_texts = 16};
    // So far away that the longest wait is the second over which a share is reckoned.
    group.shortest_deadline_us = group.longest_deadline_us = 3e6;
    if (patient) group.no_deadline = 1;
    const double load = i == 0 ? Uniform(rng, 3, 8) : Uniform(rng, 1.3, 2);
    SetLoad(scenario, group, load / static_cast<double>(count));
    if (patient) {  // both are seen first, then the queue empties, then all want more
      Group first = group;
      first.calls_per_second *= 0.05;
      first.ends = microseconds(1'500'000);
      scenario.groups.push_back(first);
      group.begins = microseconds(2'500'000);
    }
    scenario.groups.push_back(group);
  }
}

void DrawShareGroups(Rng& rng, Scenario& scenario) {
  Group urgent{.client = 1, .most_texts = 16};
  urgent.shortest_deadline_us = urgent.longest_deadline_us = Uniform(rng, 300e3, 2e6);
  SetLoad(scenario, urgent, Uniform(rng, 1.3, 4));
  Group patient{.client = 2, .most_texts = 32, .no_deadline = 1};
  if (Chance(rng, 0.5)) patient.median_tokens = 256;  // rides alone: 2.3 batches of cost
  SetLoad(scenario, patient, Uniform(rng, 0.5, 1.5));
  Group bulk{.client = 3, .most_texts = 32, .no_deadline = 1, .bulk = 1};
  SetLoad(scenario, bulk, Uniform(rng, 0.1, 0.4));
  scenario.groups = {urgent, patient};
  if (Chance(rng, 0.6)) scenario.groups.push_back(bulk);
}

void DrawTriggerGroups(Rng& rng, Scenario& scenario) {
  Group group{.client = 1, .most_texts = 8};
  group.shortest_deadline_us = group.longest_deadline_us = Uniform(rng, 300e3, 1e6);
  group.retry = Chance(rng, 0.5) ? Retry::kWhenTold : Retry::kNever;
  SetLoad(scenario, group, Uniform(rng, 0.4, 0.7));
  Group more = group;
  more.begins = scenario.trigger_begins;
  more.ends = scenario.trigger_ends;
  scenario.groups = {group, more};
}

// One client, moderate load: what matters is what goes wrong.
void DrawSteadyGroup(Rng& rng, Scenario& scenario) {
  Group group{.client = 1, .most_texts = 8};
  group.shortest_deadline_us = 200e3;
  group.longest_deadline_us = 4e6;
  group.no_deadline = 0.2;
  const bool long_play = scenario.play == Play::kSilences;
  SetLoad(scenario, group, long_play ? Uniform(rng, 0.05, 0.2) : Uniform(rng, 0.3, 0.8));
  if (scenario.play == Play::kRandomKills) group.constant = 1;
  if (scenario.play == Play::kPoison) group.poison = std::min(0.2, 2 / group.calls_per_second);
  if (scenario.play == Play::kNotRun || scenario.play == Play::kPauses) {
    group.no_deadline = 0.5;
  }
  scenario.groups = {group};
}

void DrawGroups(Rng& rng, Scenario& scenario) {
  switch (scenario.play) {
    case Play::kChaos:
    case Play::kCalm:
      return DrawMixedGroups(rng, scenario);
    case Play::kShares:
      return DrawShareGroups(rng, scenario);
    case Play::kFair:
      return DrawFairGroups(rng, scenario, false);
    case Play::kFairPatient:
      return DrawFairGroups(rng, scenario, true);
    case Play::kTrigger:
      return DrawTriggerGroups(rng, scenario);
    default:
      return DrawSteadyGroup(rng, scenario);
  }
}

void DrawNoise(Rng& rng, Scenario& scenario) {
  switch (scenario.play) {
    case Play::kChaos:
      scenario.sigma = Chance(rng, 0.7) ? Uniform(rng, 0, 0.2) : 0;
      scenario.stolen = Chance(rng, 0.5) ? Uniform(rng, 0, 0.03) : 0;
      scenario.long_batches = Chance(rng, 0.2) ? 0.01 : 0;
      return;
    case Play::kLateBatches:
      scenario.long_batches = Uniform(rng, 0.01, 0.05);
      return;
    case Play::kRandomKills:
    case Play::kResets:
    case Play::kPoison:
      scenario.sigma = 0.05;
      return;
    default:
      return;
  }
}

}  // namespace

std::string_view Name(Play play) {
  constexpr std::string_view kNames[kPlays] = {
      "chaos",        "calm",   "shares", "fair",         "fair_patient", "trigger", "poison",
      "random_kills", "pauses", "resets", "late_batches", "not_run",      "twins",   "silences"};
  return kNames[static_cast<std::size_t>(play)];
}

bool Scenario::Has(FaultKind kind) const {
  return std::any_of(faults.begin(), faults.end(),
                     [kind](const Fault& fault) { return fault.kind == kind; });
}

int Scenario::lanes() const {
  int lanes = 0;
  for (const WorkerSpec& worker : workers) lanes += static_cast<int>(worker.lanes);
  return lanes;
}

double Scenario::Capacity() const {
  double capacity = 0;
  for (const WorkerSpec& worker : workers) {
    const double batch = worker.alpha_us + worker.per_token_us * options.batch_tokens;
    capacity += worker.lanes * kCostPerToken * options.batch_tokens / (batch * worker.slower);
  }
  return capacity;
}

Scenario Draw(std::uint64_t seed) {
  Rng rng(seed * 0x9E3779B97F4A7C15ull + 1);
  return Draw(seed, PlayOf(rng));
}

Scenario Draw(std::uint64_t seed, Play play) {
  Rng rng(seed * 0xD1B54A32D192ED03ull + 3);
  Scenario scenario{.seed = seed, .play = play};
  scenario.options.attention_cost = 599;
  scenario.options.seed = rng.Next();
  const bool chaos = play == Play::kChaos;
  if (chaos && Chance(rng, 0.25)) scenario.options.max_queued_items = Between(rng, 50, 2500);
  if (chaos && Chance(rng, 0.25)) scenario.options.max_queued_bytes = Between(rng, 20'000, 500'000);
  if (chaos && Chance(rng, 0.25)) scenario.options.max_waiting_without_worker = Between(rng, 1, 20);
  if (chaos && Chance(rng, 0.25))
    scenario.options.no_worker_grace = microseconds(Between(rng, 100'000, 5'000'000));
  DrawWorkers(rng, scenario);
  DrawNoise(rng, scenario);
  scenario.one_event = Chance(rng, 0.5);
  scenario.turn = microseconds(Between(rng, 1, play == Play::kCalm ? 50 : 500));
  scenario.fingerprints = !chaos || Chance(rng, 0.9);
  scenario.restart = microseconds(Between(rng, 100'000, 1'500'000));
  if (play == Play::kPoison) scenario.restart = microseconds(Between(rng, 50'000, 300'000));
  const double batches_per_us =
      scenario.Capacity() / (kCostPerToken * scenario.options.batch_tokens);
  double length = std::clamp(kMostBatches / batches_per_us, 3 * kSecond, 10 * kSecond);
  if (play == Play::kShares || play == Play::kFair) length = 12 * kSecond;
  if (play == Play::kFairPatient) length = 14 * kSecond;
  if (play == Play::kSilences) length = 20 * kSecond;
  if (play == Play::kTrigger) {
    scenario.trigger_begins = microseconds(2'000'000);
    scenario.trigger_ends = microseconds(12'000'000);
    length = 18 * kSecond;
  }
  scenario.safety = Micros(length);
  DrawGroups(rng, scenario);
  DrawFaults(rng, scenario);
  return scenario;
}

}  // namespace shoal::sim
