#include "load/load_plan.h"

#include <variant>

#include "base/rng.h"

namespace shoal {
namespace {

using std::chrono::microseconds;

// What of a law makes sense before its run: what changes at a time of it has not changed yet.
ArrivalLaw BeforeTheRun(const ArrivalLaw& law) {
  const bool changes = std::holds_alternative<StepArrivals>(law) ||
                       std::holds_alternative<SpikeArrivals>(law) ||
                       std::holds_alternative<RampArrivals>(law);
  return changes ? ArrivalLaw(PoissonArrivals{}) : law;
}

}  // namespace

std::vector<microseconds> ScheduleOf(const LoadPlan& plan) {
  Rng rng(plan.requests.seed), before(~plan.requests.seed);
  std::vector<microseconds> whole;
  if (plan.warmup.count() > 0) {
    whole = Arrivals(BeforeTheRun(plan.arrival), plan.rate, plan.warmup, before);
    for (microseconds& time : whole) time -= plan.warmup;
  }
  const std::vector<microseconds> run = Arrivals(plan.arrival, plan.rate, plan.duration, rng);
  whole.insert(whole.end(), run.begin(), run.end());
  std::vector<microseconds> part;
  part.reserve(whole.size() / plan.part.count + 1);
  for (std::size_t i = plan.part.index; i < whole.size(); i += plan.part.count) {
    part.push_back(whole[i]);
  }
  return part;
}

}  // namespace shoal
