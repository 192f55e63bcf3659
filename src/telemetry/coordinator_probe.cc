#include "telemetry/coordinator_probe.h"

#include <array>
#include <string>
#include <string_view>

namespace shoal {
namespace {

enum Stage : std::size_t { kTokenize, kQueue, kDispatch, kInference, kSerialize };
constexpr std::array<std::string_view, 5> kStageNames = {"tokenize", "queue", "dispatch",
                                                         "inference", "serialize"};
constexpr std::array<std::string_view, 4> kQueueNames = {"urgent", "patient", "bulk", "none"};

const std::vector<double> kItemBuckets = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
const std::vector<double> kTokenBuckets = {8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 4096};
const std::vector<double> kRatioBuckets = {.25, .5, .7, .8, .9, 1, 1.1, 1.25, 1.5, 2, 3, 5, 10};

double Seconds(std::chrono::microseconds time) {
  return std::chrono::duration<double>(time).count();
}
double Seconds(std::int64_t us) { return Seconds(std::chrono::microseconds(us)); }

std::size_t QueueOf(std::string_view queue) {
  for (std::size_t i = 0; i < kQueueNames.size(); ++i) {
    if (kQueueNames[i] == queue) return i;
  }
  return kQueueNames.size() - 1;
}

std::vector<Counter> AddRefused(MetricsRegistry& registry, std::string_view reason) {
  std::vector<Counter> by_queue;
  by_queue.reserve(kQueueNames.size());
  for (const std::string_view queue : kQueueNames) {
    by_queue.push_back(registry.AddCounter(
        metric::kRefused, {{"reason", std::string(reason)}, {"queue", std::string(queue)}}));
  }
  return by_queue;
}

}  // namespace

// All series there can be, from the beginning: a counter that comes with its first event hides it
// from a rate.
CoordinatorProbe::CoordinatorProbe(MetricsRegistry& registry)
    : texts_(registry.AddCounter(metric::kTexts)),
      tokens_(registry.AddCounter(metric::kTokens)),
      batch_items_(registry.AddHistogram(metric::kBatchItems, {}, kItemBuckets)),
      batch_tokens_(registry.AddHistogram(metric::kBatchTokens, {}, kTokenBuckets)),
      prediction_error_(registry.AddHistogram(metric::kPredictionError, {}, kRatioBuckets)) {
  for (int api = 0; api < kApis; ++api) {
    const std::string name(Name(static_cast<Api>(api)));
    OfApi& of = apis_.emplace_back();
    for (int verdict = 0; verdict < kVerdicts; ++verdict) {
      of.by_verdict.push_back(registry.AddCounter(
          metric::kRequests,
          {{"api", name}, {"verdict", std::string(Name(static_cast<Verdict>(verdict)))}}));
    }
    for (const Outcome outcome : {Outcome::kOk, Outcome::kRefused, Outcome::kFailed}) {
      of.by_outcome.push_back(registry.AddHistogram(
          metric::kRequestSeconds, {{"api", name}, {"outcome", std::string(Name(outcome))}},
          SecondsBuckets()));
    }
  }
  for (const std::string_view stage : kStageNames) {
    stages_.push_back(registry.AddHistogram(metric::kStageSeconds, {{"stage", std::string(stage)}},
                                            SecondsBuckets()));
  }
  for (int verdict = 0; verdict < kVerdicts; ++verdict) {
    std::vector<Counter>& by_queue = refused_.emplace_back();
    const auto reason = static_cast<Verdict>(verdict);
    if (OutcomeOf(reason) == Outcome::kRefused) by_queue = AddRefused(registry, Name(reason));
  }
}

void CoordinatorProbe::CallEnded(const CallRecord& record) {
  OfApi& api = apis_[static_cast<std::size_t>(record.api)];
  const auto verdict = static_cast<std::size_t>(record.verdict);
  const Outcome outcome = OutcomeOf(record.verdict);
  api.by_verdict[verdict].Add();
  api.by_outcome[static_cast<std::size_t>(outcome)].Observe(Seconds(record.total));
  if (outcome == Outcome::kOk) return CountServed(record);
  if (outcome == Outcome::kRefused) refused_[verdict][QueueOf(record.work.queue)].Add();
}

void CoordinatorProbe::CountServed(const CallRecord& record) {
  const EmbedTiming& timing = record.work.timing;
  texts_.Add(static_cast<double>(record.texts));
  tokens_.Add(static_cast<double>(record.work.tokens));
  stages_[kTokenize].Observe(Seconds(timing.tokenize_us));
  stages_[kQueue].Observe(Seconds(timing.queue_us - timing.tokenize_us));
  stages_[kDispatch].Observe(Seconds(timing.dispatch_us));
  stages_[kInference].Observe(Seconds(timing.compute_us));
  stages_[kSerialize].Observe(Seconds(record.serialize));
}

void CoordinatorProbe::BatchEnded(const BatchRecord& record) {
  if (record.items == 0) return;
  batch_items_.Observe(record.items);
  batch_tokens_.Observe(record.tokens);
  if (record.execution.count() <= 0 || record.predicted.count() <= 0) return;
  prediction_error_.Observe(static_cast<double>(record.execution.count()) /
                            static_cast<double>(record.predicted.count()));
}

}  // namespace shoal
