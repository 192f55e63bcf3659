#include "top/state_line.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "terminal/progress.h"
#include "top/quantity.h"

namespace shoal {
namespace {

// Refusals that say that there is too much to do; others are the callers' mistakes.
constexpr std::array kTooMuch = {Verdict::kOverloaded, Verdict::kRateLimited,
                                 Verdict::kDeadlineUnserviceable};
constexpr std::size_t kMostNames = 2;

bool Serves(const ShownWorker& worker) {
  return worker.attached && (worker.state == "ready" || worker.state == "late");
}

struct Pool {
  std::uint64_t all = 0;
  std::uint64_t serving = 0;
  std::vector<std::string> lost;
  std::vector<std::string> ejected;
  std::vector<std::string> late;
  std::uint64_t out_by_request = 0;
  std::uint64_t starting = 0;
};

Pool PoolOf(const ShownSnapshot& snapshot) {
  Pool pool{.all = snapshot.workers.size()};
  for (const ShownWorker& worker : snapshot.workers) {
    if (Serves(worker)) ++pool.serving;
    if (worker.state == "lost") pool.lost.push_back(worker.id);
    if (worker.state == "ejected") pool.ejected.push_back(worker.id);
    if (worker.state == "late") pool.late.push_back(worker.id);
    if (worker.state == "draining" || worker.state == "drained") ++pool.out_by_request;
    if (worker.state == "starting") ++pool.starting;
  }
  return pool;
}

// "vm-0, vm-1 and 5 more lost"; empty where there are none.
void AddNamed(const std::vector<std::string>& names, const char* what, std::string& to) {
  if (names.empty()) return;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNames); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > kMostNames) text += " and " + Grouped(names.size() - kMostNames) + " more";
  to += (to.empty() ? "" : ", ") + text + " " + what;
}

std::string TroubleOf(const Pool& pool) {
  std::string text;
  AddNamed(pool.lost, "lost", text);
  AddNamed(pool.ejected, "sent away for failing", text);
  AddNamed(pool.late, "late with its work", text);
  return text;
}

std::string ServingText(const Pool& pool) {
  if (pool.serving == pool.all) return Counted(pool.all, "worker");
  return Grouped(pool.serving) + " of " + Counted(pool.all, "worker") +
         (pool.serving == 1 ? " serves" : " serve");
}

struct Work {
  double too_much = 0;  // a second, in `unit`
  double mistakes = 0;
  double unclear = 0;  // refused, and nobody has said why yet
  double failed = 0;
  double served = 0;
  Verdict failing = Verdict::kInternal;  // why most failed
  std::string unit;
};

Work WorkOf(const TopState& state) {
  const ShownSnapshot& snapshot = *state.snapshot;
  Work work{.unit = state.counts_texts ? " texts/s" : " requests/s"};
  if (!state.recent) {
    work.unclear = snapshot.refused_rate;
    work.failed = 0;
    work.served =
        std::max(0.0, snapshot.requests_rate - snapshot.refused_rate - snapshot.failed_rate);
    return work;
  }
  double most = 0;
  for (std::size_t i = 0; i < state.recent->size(); ++i) {
    const auto verdict = static_cast<Verdict>(i);
    const double rate = (*state.recent)[i];
    const Outcome outcome = OutcomeOf(verdict);
    if (outcome == Outcome::kOk) work.served += rate;
    if (outcome == Outcome::kRefused) {
      const bool is_too_much = std::ranges::find(kTooMuch, verdict) != kTooMuch.end();
      (is_too_much ? work.too_much : work.mistakes) += rate;
    }
    // Who gives up is no failure of the server.
    if (outcome != Outcome::kFailed || verdict == Verdict::kCancelled) continue;
    work.failed += rate;
    if (rate > most) work.failing = verdict;
    most = std::max(most, rate);
  }
  return work;
}

std::string LatencyText(const ShownSnapshot& snapshot) {
  return snapshot.latency ? ", p99 " + MillisecondsText(snapshot.latency->p99) : "";
}

std::string RefusedText(const Work& work) {
  if (work.unclear > 0) return ", " + CountText(work.unclear) + work.unit + " refused";
  if (work.mistakes > 0) {
    return ", " + CountText(work.mistakes) + work.unit + " refused for their mistakes";
  }
  return ", nothing refused";
}

std::string TimesText(double times) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), ", %.1f times capacity", std::clamp(times, 0.0, 1e6));
  return text.data();
}

StateLine Overloaded(const TopState& state, const Work& work, const std::string& trouble) {
  std::string text = "Overloaded";
  if (state.times_capacity && *state.times_capacity > 1) text += TimesText(*state.times_capacity);
  if (!trouble.empty()) text += ", " + trouble;
  text += ": " + CountText(work.served) + work.unit + " answered in time, " +
          CountText(work.too_much) + work.unit + " refused at once";
  if (work.failed > 0) text += ", " + CountText(work.failed) + work.unit + " failed";
  return {Health::kBad, text};
}

StateLine NotServing(const Pool& pool) {
  if (pool.all == 0) return {Health::kBad, "Not serving: no worker has attached yet"};
  std::string why = TroubleOf(pool);
  if (pool.out_by_request > 0) {
    why += (why.empty() ? "" : ", ") + Grouped(pool.out_by_request) + " out by request";
  }
  if (pool.starting > 0) {
    why += (why.empty() ? "" : ", ") + Grouped(pool.starting) + " starting";
  }
  return {Health::kBad, "Not serving: none of " + Counted(pool.all, "worker") + " serves" +
                            (why.empty() ? "" : ", " + why)};
}

StateLine NoContact(const TopState& state) {
  if (!state.snapshot) return {Health::kUnknown, "No contact with " + state.address + " yet"};
  return {Health::kUnknown, "No contact with " + state.address + " for " +
                                StretchText(state.silent_seconds) + "; this is how it was at " +
                                TimeOfDay(state.answered_unix_second, state.utc_offset_seconds)};
}

// What goes on, behind the colon.
std::string DoingText(const TopState& state, const Pool& pool, const Work& work) {
  const ShownSnapshot& snapshot = *state.snapshot;
  if (snapshot.requests_rate <= 0) {
    return ServingText(pool) + ", nothing asked in the last 10 s";
  }
  return ServingText(pool) + ", " + CountText(snapshot.texts_rate) + " texts/s" +
         LatencyText(snapshot) + RefusedText(work);
}

bool WasAskedEver(const ShownSnapshot& snapshot) {
  return std::ranges::any_of(snapshot.requests, [](double count) { return count > 0; });
}

// A server that serves and refuses nothing for want of room.
StateLine Serving(const TopState& state, const Pool& pool, const Work& work) {
  std::string trouble = TroubleOf(pool);
  if (work.failed > 0) {
    return {Health::kBad, "Failing" + (trouble.empty() ? "" : ", " + trouble) + ": " +
                              CountText(work.failed) + work.unit + " failed (" +
                              std::string(Name(work.failing)) + "), " +
                              DoingText(state, pool, work)};
  }
  const std::string doing = DoingText(state, pool, work);
  if (!trouble.empty()) return {Health::kWarning, "Degraded: " + trouble + ", " + doing};
  if (work.unclear > 0) return {Health::kWarning, "Refusing: " + doing};
  std::string word = WasAskedEver(*state.snapshot) ? "Healthy" : "Ready, nothing sent yet";
  if (pool.out_by_request > 0) {
    word += ", " + Grouped(pool.out_by_request) + " of " + Counted(pool.all, "worker") +
            " out by request";
  }
  if (pool.starting > 0) {
    word += ", " + Grouped(pool.starting) + " of " + Counted(pool.all, "worker") + " starting";
  }
  const bool has_work = WasAskedEver(*state.snapshot);
  return {Health::kGood, word + ": " + (has_work ? doing : ServingText(pool) + " waiting")};
}

}  // namespace

StateLine DescribeState(const TopState& state) {
  if (!state.no_contact.empty()) return NoContact(state);
  if (!state.snapshot) return {Health::kUnknown, "Asking " + state.address};
  const ShownSnapshot& snapshot = *state.snapshot;
  if (snapshot.state == "draining") {
    return {Health::kWarning,
            "Ending: takes nothing new, " + Counted(snapshot.in_flight, "request") + " to answer"};
  }
  const Pool pool = PoolOf(snapshot);
  if (pool.serving == 0) return NotServing(pool);
  const Work work = WorkOf(state);
  if (work.too_much > 0) return Overloaded(state, work, TroubleOf(pool));
  return Serving(state, pool, work);
}

}  // namespace shoal
