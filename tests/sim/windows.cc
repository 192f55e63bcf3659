#include "windows.h"

#include <algorithm>
#include <numeric>

namespace shoal::sim {

namespace {

constexpr microseconds kWindow{10'000'000};
constexpr double kPatientLeast = 0.22;
constexpr double kPatientMost = 0.28;
constexpr double kBulkLeast = 0.04;
constexpr double kClientLeast = 0.8;
constexpr microseconds kClientsFrom{2'000'000};
constexpr microseconds kAfterTrigger{2'000'000};
constexpr double kGoodput = 0.95;

std::string Percent(double part) { return std::to_string(part * 100) + " %"; }

}  // namespace

bool Windows::SharesHold() const {
  return scenario_.play == Play::kShares || scenario_.play == Play::kCalm;
}

bool Windows::ClientsHold() const { return scenario_.play == Play::kFair; }

void Windows::OnDispatch(microseconds now, QueueKind kind, Cost cost, const Waiting& waiting,
                         bool urgent_fits) {
  const auto index = static_cast<std::size_t>(kind);
  for (Window* window : {&patient_, &bulk_, &both_}) window->cost[index] += cost;
  if (!waiting[0] || !waiting[1]) return;
  const Cost budget = kCostPerToken * scenario_.options.batch_tokens;
  if (kind == QueueKind::kUrgent) balance_ = std::min(budget, balance_ + cost / 4);
  if (kind != QueueKind::kPatient) return;
  if (SharesHold() && balance_ < 0 && urgent_fits) {
    Fail(16, "patient work went " + std::to_string(-balance_) + " before its turn at " +
                 std::to_string(now.count()) + " us");
  }
  balance_ -= cost - cost / 4;
}

void Windows::OnText(microseconds now, std::uint64_t client, Cost cost) {
  if (!ClientsHold() || now < kClientsFrom) return;
  if (now < scenario_.safety) by_client_[client] += cost;
}

void Windows::OnPatientBegins(Cost queued) { balance_ = -queued / 4; }

void Windows::AfterStep(microseconds now, const Waiting& waiting) {
  if (!waiting[0]) balance_ = std::max<Cost>(balance_, 0);
  if (!SharesHold()) return;
  Roll(patient_, now, waiting[1]);
  Roll(bulk_, now, waiting[2]);
  Roll(both_, now, waiting[0] && waiting[1]);
}

void Windows::Roll(Window& window, microseconds now, bool holds) {
  if (!holds || !window.holds) {
    window = {.holds = holds, .since = now, .behind = std::max<Cost>(0, -balance_)};
    return;
  }
  if (now - window.since < kWindow) return;
  // What urgent work had queued when patient work came goes first.
  if (&window == &patient_ && Part(window, QueueKind::kPatient, window.behind) < kPatientLeast) {
    Fail(16, "patient work waited 10 s and got " + Percent(Part(window, QueueKind::kPatient)));
  }
  if (&window == &bulk_ && Part(window, QueueKind::kBulk) < kBulkLeast) {
    Fail(16, "bulk waited 10 s and got " + Percent(Part(window, QueueKind::kBulk)));
  }
  if (&window == &both_ && Part(window, QueueKind::kPatient) > kPatientMost) {
    Fail(16, "patient work got " + Percent(Part(window, QueueKind::kPatient)) +
                 " while urgent work waited for 10 s");
  }
  window = {.holds = true, .since = now, .behind = std::max<Cost>(0, -balance_)};
}

double Windows::Part(const Window& window, QueueKind kind, Cost more) const {
  const Cost all = std::accumulate(window.cost.begin(), window.cost.end(), Cost{0});
  if (all == 0) return 0;
  return static_cast<double>(window.cost[static_cast<std::size_t>(kind)] + more) /
         static_cast<double>(all);
}

void Windows::OnArrived(microseconds now, CallId call, Cost cost) {
  if (scenario_.play != Play::kTrigger) return;
  if (now < scenario_.trigger_ends + kAfterTrigger || now > scenario_.safety) return;
  after_trigger_[call] = cost;
  offered_after_ += cost;
}

bool Windows::PromisesHold() const {
  return scenario_.exact() && scenario_.blameless() && scenario_.play != Play::kPauses;
}

void Windows::OnFinished(const FinishCall& finish, Cost cost, bool head_start) {
  if (finish.verdict == Verdict::kOk && after_trigger_.contains(finish.call)) served_after_ += cost;
  if (!PromisesHold() || !finish.admitted || finish.queue == QueueKind::kBulk) return;
  const bool late = finish.verdict == Verdict::kDeadlineExceeded;
  if (scenario_.lanes() == 1) return one_lane_.Add({1, late});
  if (head_start) return head_starts_.Add({1, late});
  if (late) Fail(4, "call " + std::to_string(finish.call) + " was admitted and came too late");
}

void Windows::AtEnd() {
  if (ClientsHold()) {
    Cost all = 0;
    for (const auto& [client, cost] : by_client_) all += cost;
    std::map<std::uint64_t, bool> clients;
    for (const Group& group : scenario_.groups) clients[group.client] = true;
    const double share = static_cast<double>(all) / static_cast<double>(clients.size());
    for (const auto& [client, there] : clients) {
      const double part = static_cast<double>(by_client_[client]) / share;
      if (part >= kClientLeast) continue;
      Fail(15, "client " + std::to_string(client) + " got " + Percent(part) + " of its share");
    }
  }
  if (scenario_.play == Play::kTrigger && offered_after_ > 0) {
    const double part = static_cast<double>(served_after_) / static_cast<double>(offered_after_);
    if (part < kGoodput) Fail(19, "after the trigger " + Percent(part) + " of the load is served");
  }
}

}  // namespace shoal::sim
