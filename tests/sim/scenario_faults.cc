#include "scenario_faults.h"

#include <algorithm>
#include <initializer_list>

#include "distributions.h"

namespace shoal::sim {

namespace {

Fault At(Rng& rng, const Scenario& scenario, FaultKind kind) {
  Fault fault{.kind = kind};
  fault.at = microseconds(rng.Below(static_cast<std::uint64_t>(scenario.safety.count())));
  fault.worker = static_cast<std::uint32_t>(rng.Below(scenario.workers.size()));
  fault.lasts = Micros(LogUniform(rng, 10e3, 10e6));
  fault.factor = LogUniform(rng, 1, 20);
  return fault;
}

void Add(Rng& rng, Scenario& scenario, std::initializer_list<FaultKind> kinds,
         std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const FaultKind kind = kinds.begin()[rng.Below(kinds.size())];
    scenario.faults.push_back(At(rng, scenario, kind));
  }
}

// A few kinds, each several times: what happens together is found sooner than in a mix of all.
void DrawChaos(Rng& rng, Scenario& scenario) {
  const std::uint64_t kinds = Between(rng, 1, 6);
  for (std::uint64_t i = 0; i < kinds; ++i) {
    const auto kind = static_cast<FaultKind>(rng.Below(kFaultKinds));
    const bool of_coordinator = kind >= FaultKind::kCoordinatorKill;
    const std::uint64_t most = of_coordinator ? 3 : 2 + scenario.workers.size();
    Add(rng, scenario, {kind}, Between(rng, 1, most));
  }
}

// A worker is not heard for a little longer than the second after which its id is given away, while
// another of that id dials.
void DrawTwin(Rng& rng, Scenario& scenario) {
  Fault silence = At(rng, scenario, Chance(rng, 0.5) ? FaultKind::kPause : FaultKind::kPartitionUp);
  silence.lasts = microseconds(Between(rng, 1'000'000, 2'000'000));
  Fault twin = silence;
  twin.kind = FaultKind::kTwin;
  twin.lasts = microseconds(3'000'000);
  scenario.faults.push_back(silence);
  scenario.faults.push_back(twin);
}

}  // namespace

void DrawFaults(Rng& rng, Scenario& scenario) {
  const std::uint64_t workers = scenario.workers.size();
  switch (scenario.play) {
    case Play::kChaos:
      DrawChaos(rng, scenario);
      break;
    case Play::kTrigger:
      for (std::uint32_t worker = 0; worker < workers / 2; ++worker) {
        scenario.faults.push_back({.at = scenario.trigger_begins,
                                   .kind = FaultKind::kPowerLoss,
                                   .worker = worker,
                                   .lasts = scenario.trigger_ends - scenario.trigger_begins});
      }
      break;
    case Play::kRandomKills:
      Add(rng, scenario, {FaultKind::kKill, FaultKind::kCrashDuring, FaultKind::kCrashAtStart}, 20);
      break;
    case Play::kPauses:
      Add(rng, scenario, {FaultKind::kCoordinatorPause, FaultKind::kCoordinatorJump}, 4);
      break;
    case Play::kResets:
      Add(rng, scenario, {FaultKind::kReset}, 40);
      break;
    case Play::kNotRun:
      Add(rng, scenario, {FaultKind::kSigterm, FaultKind::kOperatorDrain}, 20);
      break;
    case Play::kTwins:
      for (int i = 0; i < 8; ++i) DrawTwin(rng, scenario);
      break;
    case Play::kSilences:
      Add(rng, scenario,
          {FaultKind::kPartition, FaultKind::kPartitionUp, FaultKind::kPartitionDown}, 3);
      for (Fault& fault : scenario.faults) {
        fault.at /= 8;
        fault.lasts = microseconds(Between(rng, 9'000'000, 17'000'000));
      }
      break;
    case Play::kPoison:
    case Play::kLateBatches:
    case Play::kCalm:
    case Play::kShares:
    case Play::kFair:
    case Play::kFairPatient:
      break;
  }
  std::stable_sort(scenario.faults.begin(), scenario.faults.end(),
                   [](const Fault& a, const Fault& b) { return a.at < b.at; });
}

}  // namespace shoal::sim
