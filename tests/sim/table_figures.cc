#include "table_figures.h"

#include <algorithm>

#include "base/check.h"

namespace shoal::table {

namespace {

// Enough that no lane waits for work whatever the texts, and few enough for their 60 s.
constexpr int kClientsPerLane = 32;

double Share(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

}  // namespace

void CallFigures::Add(const CallRecord& record) {
  ++offered_;
  switch (record.end) {
    case CallEnd::kOpen:
      CHECK(false, "a run ends when every call has");
      break;
    case CallEnd::kRefused:
      ++refused_;
      break;
    case CallEnd::kBroken:
      ++broken_;
      break;
    case CallEnd::kOk:
      ok_us_.push_back((record.finished - record.arrived).count());
      break;
  }
}

void CallFigures::Merge(const CallFigures& other) {
  offered_ += other.offered_;
  refused_ += other.refused_;
  broken_ += other.broken_;
  ok_us_.insert(ok_us_.end(), other.ok_us_.begin(), other.ok_us_.end());
}

double CallFigures::RefusedShare() const { return Share(refused_, offered_); }
double CallFigures::BrokenShare() const { return Share(broken_, admitted()); }
double CallFigures::OkShare() const {
  return Share(static_cast<std::int64_t>(ok_us_.size()), offered_);
}

double CallFigures::LatencyMs(double share) const {
  if (ok_us_.empty()) return 0;
  std::vector<std::int64_t> sorted = ok_us_;
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(rank, sorted.size() - 1));
  std::nth_element(sorted.begin(), at, sorted.end());
  return static_cast<double>(*at) / 1000;
}

CallFigures Figures::All() const {
  CallFigures all = with_deadline;
  all.Merge(without_deadline);
  return all;
}

void AddRun(const Trace& trace, const Outcome& outcome, Figures& figures) {
  CallFigures with;
  CallFigures without;
  for (std::size_t i = 0; i < trace.calls.size(); ++i) {
    const TraceCall& call = trace.calls[i];
    const CallRecord& record = outcome.calls[i];
    if (record.end == CallEnd::kOpen) continue;  // a closed loop ended before it
    const bool ends_inside = record.finished >= kWarmUp && record.finished < trace.duration;
    if (record.end == CallEnd::kOk && ends_inside) {
      figures.good_cost += static_cast<double>(call.cost);
    }
    if (record.arrived < kWarmUp) continue;
    (call.patience == kNoDeadline ? without : with).Add(record);
  }
  figures.window_us += static_cast<double>((trace.duration - kWarmUp).count());
  figures.executed += static_cast<double>(outcome.executed);
  figures.useful += static_cast<double>(outcome.useful);
  figures.batches += outcome.batches;
  figures.second_attempts += outcome.second_attempts;
  figures.closed_workers += outcome.closed_workers;
  figures.with_deadline.Merge(with);
  figures.without_deadline.Merge(without);
  with.Merge(without);
  figures.mean_refused =
      (figures.mean_refused * figures.runs + with.RefusedShare()) / (figures.runs + 1);
  ++figures.runs;
}

double Laboratory::Capacity(const Pool& pool, Texts texts) {
  for (const Known& known : known_) {
    if (known.texts == texts && known.pool == pool) return known.capacity;
  }
  Figures figures;
  for (int seed = 1; seed <= seeds_; ++seed) {
    const auto s = static_cast<std::uint64_t>(seed);
    const Trace trace =
        ClosedLoop(texts, pool, kClientsPerLane * pool.lanes, TraceOptions{}.duration, s);
    const std::unique_ptr<Policy> policy = MakePolicy(PolicyKind::kShoal, pool, s);
    AddRun(trace, World(pool, trace, *policy, s).Run(), figures);
  }
  known_.push_back({pool, texts, figures.GoodPerUs()});
  return known_.back().capacity;
}

Figures Laboratory::MeasureCrowd(const Pool& pool, const CrowdOptions& options) {
  const Trace trace = Crowd(options, pool);
  Figures figures;
  for (int seed = 1; seed <= seeds_; ++seed) {
    const auto s = static_cast<std::uint64_t>(seed);
    const std::unique_ptr<Policy> policy = MakePolicy(PolicyKind::kShoal, pool, s);
    AddRun(trace, World(pool, trace, *policy, s).Run(), figures);
  }
  return figures;
}

Figures Laboratory::Measure(PolicyKind kind, const Pool& pool, const TraceOptions& options,
                            double capacity) {
  if (capacity <= 0) capacity = Capacity(pool, options.texts);
  Figures figures;
  for (int seed = 1; seed <= seeds_; ++seed) {
    const auto s = static_cast<std::uint64_t>(seed);
    const Trace trace = OpenLoop(options, pool, capacity, s);
    const std::unique_ptr<Policy> policy = MakePolicy(kind, pool, s);
    AddRun(trace, World(pool, trace, *policy, s).Run(), figures);
  }
  return figures;
}

}  // namespace shoal::table
