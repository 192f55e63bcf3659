#include "dashboard/call_tally.h"

namespace shoal {
namespace {

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
  for (std::size_t i = 0; i < offered_texts.size(); ++i) offered_texts[i] += other.offered_texts[i];
  total.Add(other.total);
  for (std::size_t i = 0; i < stages.size(); ++i) stages[i].Add(other.stages[i]);
  batch_items.Add(other.batch_items);
  batch_tokens.Add(other.batch_tokens);
  batch_execution.Add(other.batch_execution);
}

std::int64_t CallTally::SecondOf(TimePoint when) {
  return std::chrono::floor<std::chrono::seconds>(when.time_since_epoch()).count();
}

CallFigures* CallTally::At(TimePoint when) {
  const std::int64_t number = std::max(SecondOf(when), open_);  // never negative
  Second& second = seconds_[static_cast<std::size_t>(number % kWindow)];
  if (number < second.number) return nullptr;
  if (number > second.number) second = {.number = number, .figures = {}};
  return &second.figures;
}

const CallFigures* CallTally::Find(std::int64_t number) const {
  const Second& second =
      seconds_[static_cast<std::size_t>(std::max<std::int64_t>(number, 0) % kWindow)];
  return second.number == number ? &second.figures : nullptr;
}

void CallTally::CallEnded(const CallRecord& record) {
  const auto verdict = static_cast<std::size_t>(record.verdict);
  ++counts_[static_cast<std::size_t>(record.api)][verdict];
  offered_texts_[verdict] += record.texts;
  const Outcome outcome = OutcomeOf(record.verdict);
  if (outcome == Outcome::kOk) tokens_ += record.work.tokens;
  CallFigures* const figures = At(record.arrived + record.total);
  if (figures == nullptr) return;
  ++figures->requests;
  figures->offered_texts[verdict] += record.texts;
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
