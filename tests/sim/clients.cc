#include "clients.h"

#include <algorithm>

#include "distributions.h"

namespace shoal::sim {

namespace {

constexpr microseconds kDefaultDeadline{240'000'000};
constexpr microseconds kTinyDeadline{1'000};
constexpr std::uint32_t kHugeCall = 2048;
// Fills a batch alone, whatever the worker's limits: cost / speed is then what it takes.
constexpr std::uint32_t kPouredTokens = 119;

}  // namespace

std::vector<std::uint32_t> DrawLengths(Rng& rng, const Group& group) {
  std::uint64_t texts = Between(rng, group.fewest_texts, group.most_texts);
  if (Chance(rng, group.huge)) texts = kHugeCall;
  std::vector<std::uint32_t> lengths(texts);
  for (std::uint32_t& length : lengths) {
    length = TextLength(rng, group.median_tokens, group.sigma_tokens, 3, group.longest_tokens);
  }
  return lengths;
}

Clients::Clients(Timeline& time, const Scenario& scenario)
    : time_(time), scenario_(scenario), rng_(scenario.seed * 77 + 5) {}

void Clients::Begin() {
  for (std::uint32_t i = 0; i < scenario_.groups.size(); ++i) {
    const Group& group = scenario_.groups[i];
    const microseconds first =
        group.begins + Micros(Exponential(rng_, 1e6 / group.calls_per_second));
    time_.Add(first, {.kind = EventKind::kArrival, .who = i});
  }
}

CallRecord& Clients::Make(std::uint32_t index, microseconds clock) {
  const Group& group = scenario_.groups[index];
  CallRecord& call = calls_.emplace_back();
  call.id = calls_.size();
  call.group = index;
  call.client = group.client;
  call.lengths = DrawLengths(rng_, group);
  double deadline = LogUniform(rng_, group.shortest_deadline_us, group.longest_deadline_us);
  call.no_deadline = Chance(rng_, group.no_deadline);
  if (call.no_deadline) deadline = static_cast<double>(kDefaultDeadline.count());
  if (Chance(rng_, group.tiny_deadline)) deadline = static_cast<double>(kTinyDeadline.count());
  call.deadline = clock + Micros(deadline);
  if (Chance(rng_, group.high)) call.priority = Priority::kHigh;
  if (Chance(rng_, group.bulk)) call.priority = Priority::kBulk;
  for (const std::uint32_t length : call.lengths) {
    call.texts.push_back(next_text_++);
    call.bytes += length * 6 + 16;
  }
  if (Chance(rng_, group.constant)) {
    call.texts.front() = static_cast<std::int32_t>(Between(rng_, kPoisonTexts, kSharedTexts - 1));
  }
  if (Chance(rng_, group.poison)) {
    call.texts.back() = static_cast<std::int32_t>(rng_.Below(kPoisonTexts));
  }
  if (scenario_.fingerprints) {
    for (const std::int32_t text : call.texts) call.fingerprints.push_back(FingerprintOf(text));
  }
  return call;
}

void Clients::PlanCancel(const CallRecord& call) {
  if (!Chance(rng_, scenario_.groups[call.group].cancelled)) return;
  const microseconds after = Micros(LogUniform(rng_, 10, 2e6));
  time_.Add(time_.now() + after, {.kind = EventKind::kCancel, .a = call.id});
}

void Clients::Arrive(std::uint32_t index, microseconds clock, std::vector<CallId>& made) {
  const Group& group = scenario_.groups[index];
  if (stopped_ || time_.now() >= group.ends) return;
  const double mean = std::max(1.0, group.burst);
  std::uint64_t burst = 1;
  if (mean > 1) burst += static_cast<std::uint64_t>(Exponential(rng_, mean - 1));
  for (std::uint64_t i = 0; i < burst; ++i) {
    const CallRecord& call = Make(index, clock);
    made.push_back(call.id);
    PlanCancel(call);
  }
  const microseconds next = Micros(Exponential(rng_, 1e6 * mean / group.calls_per_second));
  time_.Add(time_.now() + next, {.kind = EventKind::kArrival, .who = index});
}

CallId Clients::Again(CallId refused, microseconds clock) {
  if (stopped_) return 0;
  const CallRecord& old = At(refused);
  CallRecord call = old;
  call.id = calls_.size() + 1;
  call.ended = false;
  ++call.tries;
  const Group& group = scenario_.groups[old.group];
  call.deadline = clock + (old.no_deadline ? kDefaultDeadline
                                           : Micros(LogUniform(rng_, group.shortest_deadline_us,
                                                               group.longest_deadline_us)));
  calls_.push_back(std::move(call));
  PlanCancel(calls_.back());
  return calls_.back().id;
}

void Clients::Pour(Cost cost, microseconds clock, std::vector<CallId>& made) {
  while (cost > 0) {
    CallRecord& call = calls_.emplace_back();
    call.id = calls_.size();
    call.no_deadline = true;
    call.client = scenario_.groups.front().client;
    call.deadline = clock + kDefaultDeadline;
    call.lengths = {kPouredTokens};
    call.texts = {next_text_++};
    call.bytes = 200;
    if (scenario_.fingerprints) call.fingerprints = {FingerprintOf(call.texts.front())};
    cost -= CostOf(kPouredTokens, scenario_.options.attention_cost);
    made.push_back(call.id);
  }
}

void Clients::Answered(CallId id, Verdict verdict, std::chrono::milliseconds retry_after) {
  CallRecord& call = At(id);
  call.ended = true;
  const Retry retry = scenario_.groups[call.group].retry;
  const bool again = (verdict == Verdict::kOverloaded || verdict == Verdict::kRateLimited ||
                      verdict == Verdict::kNoWorkers || verdict == Verdict::kDraining) &&
                     retry != Retry::kNever && call.tries < kMostTries && !stopped_;
  if (!again) return;
  microseconds after = retry_after;
  if (retry == Retry::kStorm) after = microseconds(1 + rng_.Below(10'000));
  time_.Add(time_.now() + after, {.kind = EventKind::kRetry, .a = id});
}

}  // namespace shoal::sim
