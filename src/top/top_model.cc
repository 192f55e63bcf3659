#include "top/top_model.h"

#include <algorithm>
#include <utility>

namespace shoal {
namespace {

using std::chrono::duration;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t kMostSeconds = 300;
constexpr std::int64_t kRecentSeconds = 10;
// Looks that are nearer to each other make no curve of a second a point.
constexpr auto kShortestLook = 900ms;
constexpr auto kCpuWindow = 5s;

double Seconds(steady_clock::duration time) { return duration<double>(time).count(); }

double SumOf(const ByVerdict& counts, Outcome outcome) {
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (OutcomeOf(static_cast<Verdict>(i)) == outcome) sum += counts[i];
  }
  return sum;
}

// A second, between two looks.
ByVerdict Rates(const ByVerdict& before, const ByVerdict& after, double seconds) {
  ByVerdict rates = {};
  for (std::size_t i = 0; i < rates.size(); ++i) {
    rates[i] = std::max(0.0, after[i] - before[i]) / seconds;
  }
  return rates;
}

}  // namespace

TopModel::TopModel(std::string address, int utc_offset_seconds, TopMoment now)
    : state_{.address = std::move(address), .utc_offset_seconds = utc_offset_seconds},
      answered_(now.when) {
  Tick(now);
}

// The next snapshot is of another process: its counts begin at zero.
void TopModel::Forget() {
  totals_.clear();
  cpu_.clear();
  servers_seconds_.clear();
  state_.recent.reset();
  state_.times_capacity.reset();
  wants_history_ = true;
}

void TopModel::Answered(ShownSnapshot snapshot, TopMoment now) {
  const bool is_another =
      state_.snapshot && state_.snapshot->coordinator_id != snapshot.coordinator_id;
  if (is_another) Forget();
  FillInCpu(snapshot, now);
  state_.counts_texts = snapshot.second.has_value() || (state_.counts_texts && !is_another);
  if (snapshot.second) {
    AddServersSecond(*snapshot.second);
  } else if (!state_.counts_texts) {
    AddOwnSeconds(snapshot, now);
  }
  SumUpRecent();
  state_.snapshot = std::move(snapshot);
  state_.no_contact.clear();
  state_.answered_unix_second = now.unix_ms / 1000;
  answered_ = now.when;
  Tick(now);
}

void TopModel::HistoryCame(const std::vector<ShownSecond>& seconds) {
  wants_history_ = false;
  if (seconds.empty()) return;
  state_.counts_texts = true;
  state_.seconds.clear();
  servers_seconds_.clear();
  for (const ShownSecond& second : seconds) AddServersSecond(second);
  wants_history_ = false;
  SumUpRecent();
}

void TopModel::Failed(const Status& why, TopMoment now) {
  state_.no_contact = why.message();
  wants_history_ = true;
  Tick(now);
}

void TopModel::Tick(TopMoment now) {
  state_.now_unix_second = now.unix_ms / 1000;
  state_.silent_seconds = std::max(0.0, Seconds(now.when - answered_));
}

void TopModel::AddSecond(const TopSecond& second) {
  std::vector<TopSecond>& seconds = state_.seconds;
  // Somebody set the clock.
  if (!seconds.empty() && seconds.back().unix_second > second.unix_second + 2) seconds.clear();
  if (!seconds.empty() && seconds.back().unix_second >= second.unix_second) return;
  if (seconds.size() == kMostSeconds) seconds.erase(seconds.begin());
  seconds.push_back(second);
}

void TopModel::AddServersSecond(const ShownSecond& second) {
  if (!servers_seconds_.empty()) {
    const std::int64_t step = second.unix_second - servers_seconds_.back().unix_second;
    if (step == 0) return;
    if (step < 0) servers_seconds_.clear();
    wants_history_ |= step != 1;
  }
  servers_seconds_.push_back(second);
  if (servers_seconds_.size() > kRecentSeconds) servers_seconds_.pop_front();
  AddSecond({.unix_second = second.unix_second,
             .requests = second.requests,
             .texts = SumOf(second.texts, Outcome::kOk),
             .tokens = second.tokens,
             .refused = SumOf(second.texts, Outcome::kRefused),
             .failed = SumOf(second.texts, Outcome::kFailed),
             .in_flight = second.in_flight,
             .latency = second.latency,
             .queue_seconds = second.queue_seconds});
}

// What came between two looks, as the same number in each second between them.
void TopModel::AddOwnSeconds(const ShownSnapshot& snapshot, TopMoment now) {
  const Totals totals{
      .at = now, .requests = snapshot.requests, .texts = snapshot.texts, .tokens = snapshot.tokens};
  if (totals_.empty()) {
    totals_.push_back(totals);
    return;
  }
  const Totals before = totals_.back();
  if (now.when - before.at.when < kShortestLook) return;
  const double seconds = Seconds(now.when - before.at.when);
  const ByVerdict rates = Rates(before.requests, totals.requests, seconds);
  TopSecond second{.requests = SumOf(rates, Outcome::kOk) + SumOf(rates, Outcome::kRefused) +
                               SumOf(rates, Outcome::kFailed),
                   .texts = std::max(0.0, totals.texts - before.texts) / seconds,
                   .tokens = std::max(0.0, totals.tokens - before.tokens) / seconds,
                   .refused = SumOf(rates, Outcome::kRefused),
                   .failed = SumOf(rates, Outcome::kFailed),
                   .in_flight = static_cast<double>(snapshot.in_flight),
                   .latency = snapshot.latency};
  for (std::size_t i = 0; i < snapshot.queues.size() && i < kShownQueues.size(); ++i) {
    second.queue_seconds[i] = snapshot.queues[i].seconds;
  }
  const std::int64_t last = now.unix_ms / 1000;
  const std::int64_t first = std::max(before.at.unix_ms / 1000 + 1, last - 60);
  for (second.unix_second = std::min(first, last); second.unix_second <= last;
       ++second.unix_second) {
    AddSecond(second);
  }
  totals_.push_back(totals);
  while (totals_.size() > 2 && now.when - totals_[1].at.when >= 1s * kRecentSeconds) {
    totals_.pop_front();
  }
}

void TopModel::SumUpRecent() {
  if (state_.counts_texts) {
    if (servers_seconds_.empty()) return;
    ByVerdict sum = {};
    double offered = 0;
    double capacity = 0;
    for (const ShownSecond& second : servers_seconds_) {
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += second.texts[i];
      offered += second.offered_cost;
      capacity += second.capacity_cost;
    }
    const auto count = static_cast<double>(servers_seconds_.size());
    for (double& number : sum) number /= count;
    state_.recent = sum;
    state_.times_capacity.reset();
    if (capacity > 0 && offered > 0) state_.times_capacity = offered / capacity;
  } else if (totals_.size() > 1) {
    state_.recent = Rates(totals_.front().requests, totals_.back().requests,
                          Seconds(totals_.back().at.when - totals_.front().at.when));
  }
}

void TopModel::FillInCpu(ShownSnapshot& snapshot, TopMoment now) {
  std::map<std::string, std::deque<CpuLook>> still_there;
  for (ShownWorker& worker : snapshot.workers) {
    std::deque<CpuLook>& looks = still_there[worker.id];
    looks = std::move(cpu_[worker.id]);
    if (!looks.empty() && (looks.back().incarnation != worker.incarnation ||
                           looks.back().cpu_seconds > worker.cpu_seconds)) {
      looks.clear();
    }
    looks.push_back({now.when, worker.incarnation, worker.cpu_seconds});
    while (looks.size() > 2 && now.when - looks[1].when >= kCpuWindow) looks.pop_front();
    const double seconds = Seconds(now.when - looks.front().when);
    if (worker.attached && seconds >= Seconds(kShortestLook)) {
      worker.cpu_percent = (worker.cpu_seconds - looks.front().cpu_seconds) / seconds * 100;
    }
  }
  cpu_ = std::move(still_there);
}

}  // namespace shoal
