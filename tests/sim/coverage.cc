#include "coverage.h"

#include <iterator>

#include "fault.h"
#include "scenario.h"

namespace shoal::sim {

namespace {

constexpr std::string_view kSendReasons[] = {"queue", "second_attempt", "probe"};

constexpr Verdict kVerdicts[] = {
    Verdict::kOk,        Verdict::kOverloaded,        Verdict::kRateLimited,
    Verdict::kCancelled, Verdict::kDeadlineExceeded,  Verdict::kDeadlineUnserviceable,
    Verdict::kNoWorkers, Verdict::kAttemptsExhausted, Verdict::kPoisonInput,
    Verdict::kDraining,
};
constexpr WorkerState kStates[] = {
    WorkerState::kStarting, WorkerState::kReady,   WorkerState::kLate, WorkerState::kEjected,
    WorkerState::kDraining, WorkerState::kDrained, WorkerState::kLost};
// Why calls are refused, and why workers are closed, in the scheduler's words.
constexpr std::string_view kWords[] = {
    "why.even an idle pool needs longer than the deadline leaves: ms",
    "why.the queue is full: texts",
    "why.the queue is full: bytes",
    "why.this client has its share of the queue while others wait",
    "why.what is queued before it leaves it too little time",
    "why.requests that were admitted before would come too late",
    "why.no worker came in the time that a request waits for one",
    "why.no worker is there and as many requests as allowed wait for one",
    "why.a text took several workers down and is refused for ten minutes",
    "why.the deadline passed before all texts were computed",
    "why.no worker could compute it before the deadline any more",
    "close.nothing came from it for 1.5 s",
    "close.a batch does not come back",
    "close.its batches keep failing",
    "close.a grant has another number of lanes than its Hello",
};

struct Counter {
  std::string_view name;
  std::uint64_t value;
};

std::vector<Counter> Fields(const SchedulerCounters& c) {
  return {{"calls_admitted", c.calls_admitted},
          {"batches_sent", c.batches_sent},
          {"items_sent", c.items_sent},
          {"items_done", c.items_done},
          {"items_requeued", c.items_requeued.total()},
          {"items_recalled", c.items_recalled},
          {"items_wasted", c.items_wasted},
          {"cost_done", static_cast<std::uint64_t>(c.cost_done)},
          {"cost_wasted", static_cast<std::uint64_t>(c.cost_wasted.total())},
          {"cost_saved", static_cast<std::uint64_t>(c.cost_saved_cancelled + c.cost_saved_expired)},
          {"protocol_errors", c.protocol_errors},
          {"batches_late", c.batches_late},
          {"second_attempts", c.second_attempts},
          {"second_attempts_won", c.second_attempts_won},
          {"probes", c.probes},
          {"workers_silent", c.workers_silent},
          {"workers_stalled", c.workers_stalled},
          {"workers_failing", c.workers_failing},
          {"attempts_given_back", c.attempts_given_back},
          {"poison_blamed", c.poison_blamed},
          {"poison_banned", c.poison_banned},
          {"deadlines_armed", c.deadlines_armed},
          {"deadlines_fired", c.deadlines_fired},
          {"deadlines_disarmed", c.deadlines_disarmed}};
}

}  // namespace

void Coverage::Count(std::string_view group, std::string_view name, std::uint64_t by) {
  std::string key(group);
  key += '.';
  key += name;
  counts_[key] += by;
}

void Coverage::Finished(const FinishCall& finish) {
  Count("verdict", Name(finish.verdict));
  if (finish.verdict != Verdict::kOk) Count("why", finish.why);
}

void Coverage::Sent(SendReason reason) {
  Count("send", kSendReasons[static_cast<std::size_t>(reason)]);
}

void Coverage::State(WorkerState state) { Count("state", Name(state)); }
void Coverage::Closed(std::string_view why) { Count("close", why); }
void Coverage::Fault(std::string_view kind) { Count("fault", kind); }
void Coverage::Play(std::string_view play) { Count("play", play); }

void Coverage::Counters(const SchedulerCounters& counters) {
  for (const Counter& counter : Fields(counters)) Count("counter", counter.name, counter.value);
}

void Coverage::Add(const Coverage& other) {
  for (const auto& [name, count] : other.counts_) counts_[name] += count;
}

std::vector<std::string> Coverage::Missing() const {
  std::vector<std::string> wanted;
  for (const Verdict verdict : kVerdicts) {
    wanted.push_back("verdict." + std::string(Name(verdict)));
  }
  for (const std::string_view reason : kSendReasons)
    wanted.push_back("send." + std::string(reason));
  for (const WorkerState state : kStates) wanted.push_back("state." + std::string(Name(state)));
  for (const Counter& counter : Fields({}))
    wanted.push_back("counter." + std::string(counter.name));
  for (const std::string_view words : kWords) wanted.emplace_back(words);
  for (int i = 0; i < kFaultKinds; ++i) {
    wanted.push_back("fault." + std::string(sim::Name(static_cast<FaultKind>(i))));
  }
  for (int i = 0; i < kPlays; ++i) {
    wanted.push_back("play." + std::string(sim::Name(static_cast<sim::Play>(i))));
  }
  std::vector<std::string> missing;
  for (std::string& name : wanted) {
    const auto found = counts_.find(name);
    if (found == counts_.end() || found->second == 0) missing.push_back(std::move(name));
  }
  return missing;
}

}  // namespace shoal::sim
