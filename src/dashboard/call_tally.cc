#include "dashboard/call_tally.h"

#include <algorithm>

namespace shoal {
namespace {

std::int64_t SecondOf(CallTally::TimePoint when) {
  return std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count();
}

void AddServed(const CallRecord& record, CallFigures& to) {
  const EmbedTiming& timing = record.work.timing;
  ++to.served;
  to.texts += record.texts;
  to.tokens += record.work.tokens;
  to.total.Add(record.total.count());
  const std::array<std::int64_t, kStages.size()> stages = {
      timing.tokenize_us, timing.queue_us - timing.tokenize_us, timing.dispatch_us,
      timing.compute_us, record.serialize.count()};
  for (std::size_t i = 0; i < stages.size(); ++i) to.stages[i].Add(stages[i]);
}

}  // namespace

void CallFigures::Add(const CallFigures& other) {
  requests += other.requests;
  served += other.served;
  refused += other.refused;
  failed += other.failed;
  retries += other.retries;
  texts += other.texts;
  tokens += other.tokens;
  total.Add(other.total);
  for (std::size_t i = 0; i < stages.size(); ++i) stages[i].Add(other.stages[i]);
  batch_items.Add(other.batch_items);
  batch_tokens.Add(other.batch_tokens);
  batch_execution.Add(other.batch_execution);
}

CallFigures* CallTally::At(TimePoint when) {
  const std::int64_t number = SecondOf(when);
  Second& second = seconds_[static_cast<std::size_t>(std::max<std::int64_t>(number, 0) % kWindow)];
  if (number < second.number) return nullptr;
  if (number > second.number) second = {.number = number, .figures = {}};
  return &second.figures;
}

void CallTally::CallEnded(const CallRecord& record) {
  ++counts_[static_cast<std::size_t>(record.api)][static_cast<std::size_t>(record.verdict)];
  const Outcome outcome = OutcomeOf(record.verdict);
  if (outcome == Outcome::kOk) {
    texts_ += record.texts;
    tokens_ += record.work.tokens;
  }
  CallFigures* const figures = At(record.arrived + record.total);
  if (figures == nullptr) return;
  ++figures->requests;
  if (record.work.attempts > 1) figures->retries += record.work.attempts - 1;
  if (outcome == Outcome::kOk) AddServed(record, *figures);
  if (outcome == Outcome::kRefused) ++figures->refused;
  if (outcome == Outcome::kFailed) ++figures->failed;
}

void CallTally::BatchEnded(const BatchRecord& record) {
  CallFigures* const figures = At(TimePoint(record.returned));
  if (figures == nullptr || record.items == 0) return;
  figures->batch_items.Add(record.items);
  figures->batch_tokens.Add(record.tokens);
  figures->batch_execution.Add(record.execution.count());
}

// The second that has begun counts by its part.
RecentFigures CallTally::Recent(TimePoint now) const {
  using std::chrono::duration;
  const std::int64_t number = SecondOf(now);
  const duration<double> part = now.time_since_epoch() - std::chrono::seconds(number);
  const duration<double> age = now - began_;
  RecentFigures recent{
      .seconds =
          std::max(1e-3, std::min(static_cast<double>(kWindow - 1) + part.count(), age.count()))};
  for (const Second& second : seconds_) {
    if (second.number > number - kWindow && second.number <= number) recent.sum.Add(second.figures);
  }
  return recent;
}

}  // namespace shoal
