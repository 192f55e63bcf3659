#include "run.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/rng.h"
#include "scenario_text.h"
#include "world.h"

namespace shoal::sim {

namespace {

constexpr std::size_t kTail = 60;

}  // namespace

SeedResult RunSeed(std::uint64_t seed, const Mutant& mutant, bool print_trace) {
  const Scenario scenario = Draw(seed);
  if (print_trace) std::fputs(Describe(scenario).c_str(), stdout);
  World world(scenario, mutant, print_trace);
  world.Run();
  SeedResult result{.seed = seed,
                    .play = scenario.play,
                    .hash = world.trace().hash(),
                    .events = world.events(),
                    .actions = world.trace().size(),
                    .failure = world.failures(),
                    .coverage = world.coverage(),
                    .one_lane = world.checker().windows().one_lane(),
                    .head_starts = world.checker().windows().head_starts()};
  if (result.failure.any()) result.tail = world.trace().Tail(kTail);
  return result;
}

void Summary::Add(SeedResult result) {
  ++seeds;
  events += result.events;
  hash ^= Rng(result.hash + 0x9E37 * result.seed).Next();
  coverage.Add(result.coverage);
  one_lane.Add(result.one_lane);
  head_starts.Add(result.head_starts);
  if (!result.failure.any()) return;
  const auto place = std::find_if(failed.begin(), failed.end(), [&](const SeedResult& other) {
    return other.seed > result.seed;
  });
  failed.insert(place, std::move(result));
}

}  // namespace shoal::sim
