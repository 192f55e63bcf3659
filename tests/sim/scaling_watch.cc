#include "scaling_watch.h"

namespace shoal::table {

namespace {

constexpr microseconds kLookPeriod{1'000'000};

}  // namespace

void ScalingWatch::Step(microseconds now, std::span<const SchedulerEvent> events,
                        std::vector<SchedulerAction>& out) {
  for (const SchedulerEvent& event : events) Note(now, event);
  scheduler_.Step(now, events, out);
  for (const SchedulerAction& action : out) {
    const auto* finish = std::get_if<FinishCall>(&action);
    if (finish != nullptr && !finish->admitted) offered_.Refused(now, KeyOf(finish->call));
  }
  if (now < next_look_) return;
  next_look_ = now + kLookPeriod;
  const OfferedRate rate = offered_.Rate(now);
  signal_.Look(now, {.offered = rate, .ready = scheduler_.Ready()});
  samples_.push_back({.at = now,
                      .offered = rate.per_us,
                      .need = signal_.need(),
                      .desired = signal_.desired_workers()});
}

void ScalingWatch::Note(microseconds now, const SchedulerEvent& event) {
  const auto* offered = std::get_if<CallOffered>(&event);
  if (offered == nullptr) return;
  OfferedCall call{.key = KeyOf(offered->call)};
  for (const std::uint32_t length : offered->lengths) {
    call.cost += CostOf(length, options_.attention_cost);
  }
  arrived_ += call.cost;
  offered_.Arrived(now, call);
}

Trace OpenLoopOfParts(std::span<const LoadPart> parts, TraceOptions options, const Pool& pool,
                      double capacity, std::uint64_t seed) {
  Trace whole;
  for (const LoadPart& part : parts) {
    options.load = part.load;
    options.duration = part.duration;
    const Trace trace = OpenLoop(options, pool, capacity, seed++);
    for (TraceCall call : trace.calls) {
      call.arrival += whole.duration;
      call.first_length += whole.lengths.size();
      whole.calls.push_back(call);
    }
    whole.lengths.insert(whole.lengths.end(), trace.lengths.begin(), trace.lengths.end());
    whole.duration += part.duration;
  }
  return whole;
}

}  // namespace shoal::table
