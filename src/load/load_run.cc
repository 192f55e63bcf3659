// Open loop: the thread of the run sleeps until the schedule wants a request sent; answers do not
// wake it. Closed loop: the thread that takes an answer sends the next request of that caller, so
// the two cost one wake-up.
//
// An open loop measures from when a request should have been sent, not from when it was. If this
// thread falls behind, the delay shows in the latencies; measured from the sending, it would
// vanish.
#include "load/load_run.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "base/mutex.h"
#include "load/made_text.h"

namespace shoal {
namespace {

using std::chrono::microseconds;
using TimePoint = std::chrono::steady_clock::time_point;

constexpr std::size_t kTextPool = 1024;
constexpr microseconds kTick{250'000};

struct Request {
  std::size_t sample = 0;
  std::vector<std::string> texts;
};

double CpuSeconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// Not as many finite floats as `texts` vectors of `dim` have?
bool IsWrong(const EmbedReply& reply, std::size_t texts, int dim) {
  const std::size_t count = texts * static_cast<std::size_t>(dim);
  if (reply.dim != dim || reply.vectors.size() != count * sizeof(float)) return true;
  for (std::size_t i = 0; i < count; ++i) {
    float value;
    std::memcpy(&value, reply.vectors.data() + i * sizeof(float), sizeof(float));
    if (!std::isfinite(value)) return true;
  }
  return false;
}

class Run {
 public:
  Run(const LoadPlan& plan, const std::vector<std::unique_ptr<EmbedClient>>& clients, int dim,
      const Clock& clock, const LoadRunHooks& hooks)
      : plan_(plan), clients_(clients), dim_(dim), clock_(clock), hooks_(hooks), rng_(plan.seed) {
    for (std::size_t i = 0; i < kTextPool; ++i) pool_.push_back(MadeText(plan.text_tokens, rng_));
    if (plan.rate > 0) schedule_ = Arrivals(plan.arrival, plan.rate, plan.duration, rng_);
    samples_.reserve(schedule_.size());
    options_.truncate = true;
    options_.priority = plan.priority;
    options_.client = plan.client;
    if (plan.deadline.count() > 0) options_.timeout = plan.deadline;
  }

  LoadReport Go() {
    const double cpu_before = CpuSeconds();
    start_ = clock_.Now();
    TimePoint next_tick = start_ + kTick;
    while (true) {
      if (StartSending()) SendWhatIsDue(next_tick);
      if (!WaitUntil(next_tick)) break;
      if (clock_.Now() >= next_tick) {
        Tick();
        next_tick = clock_.Now() + kTick;
      }
    }
    MutexLock lock(mutex_);
    LoadReport report =
        Summarise(samples_, {.duration = plan_.duration,
                             .deadline = plan_.deadline,
                             .offered = plan_.rate > 0 ? schedule_.size() : samples_.size(),
                             .texts_per_request = plan_.texts_per_request});
    report.generator_cpu_seconds = CpuSeconds() - cpu_before;
    return report;
  }

 private:
  microseconds SinceStart(TimePoint time) const {
    return std::chrono::duration_cast<microseconds>(time - start_);
  }

  bool MoreToCome() const REQUIRES(mutex_) {
    if (stopped_) return false;
    return plan_.rate > 0 ? samples_.size() < schedule_.size()
                          : SinceStart(clock_.Now()) < plan_.duration;
  }

  bool MaySend() const REQUIRES(mutex_) {
    if (!MoreToCome()) return false;
    return plan_.rate > 0 ? clock_.Now() >= NextStart() : in_flight_ < plan_.concurrency;
  }

  bool IsOver() const REQUIRES(mutex_) { return in_flight_ == 0 && !sending_ && !MoreToCome(); }

  // When the next request is due; never, when an answer has to come first.
  TimePoint NextStart() const REQUIRES(mutex_) {
    if (plan_.rate > 0 && MoreToCome()) return start_ + schedule_[samples_.size()];
    return TimePoint::max();
  }

  // Until the next request is due, or `until`. False: the run is over.
  bool WaitUntil(TimePoint until) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (!IsOver()) over_.WaitUntil(mutex_, std::min(NextStart(), until));
    return !IsOver();
  }

  void Tick() EXCLUDES(mutex_) {
    if (hooks_.tick) hooks_.tick(Answered());
    if (hooks_.stop && hooks_.stop()) Stop();
  }
  std::size_t Answered() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return samples_.size() - in_flight_;
  }
  void Stop() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    stopped_ = true;
  }

  // One thread sends at a time, and goes on for all that becomes due meanwhile: an answer may come
  // from within the sending of its request.
  bool BecomeSender() REQUIRES(mutex_) {
    if (sending_ || !MaySend()) return false;
    sending_ = true;
    return true;
  }
  bool StartSending() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return BecomeSender();
  }
  void SendWhatIsDue(TimePoint until) EXCLUDES(mutex_) {
    while (const std::optional<Request> request = NextRequest(until)) {
      clients_[request->sample % clients_.size()]->EmbedAsync(
          request->texts, options_,
          [this, sample = request->sample](const Result<EmbedAnswer>& answer) {
            if (Take(sample, clock_.Now(), answer)) SendWhatIsDue(TimePoint::max());
          });
    }
  }

  // None: this thread sends no longer, for nothing is due or `until` has come.
  std::optional<Request> NextRequest(TimePoint until) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    const TimePoint time = clock_.Now();
    if (!MaySend() || time >= until) {
      sending_ = false;
      if (IsOver()) over_.NotifyAll();
      return std::nullopt;
    }
    Request request{.sample = samples_.size()};
    for (std::size_t i = 0; i < plan_.texts_per_request; ++i) {
      request.texts.push_back(pool_[rng_.Below(pool_.size())]);
    }
    const microseconds now = SinceStart(time);
    samples_.push_back({.intended = plan_.rate > 0 ? schedule_[request.sample] : now, .sent = now});
    ++in_flight_;
    return request;
  }

  // True: the caller sends from now on. False: the run may be over and this object gone.
  bool Take(std::size_t index, TimePoint at, const Result<EmbedAnswer>& answer) EXCLUDES(mutex_) {
    const bool wrong = answer.ok() && IsWrong(answer->reply, plan_.texts_per_request, dim_);
    MutexLock lock(mutex_);
    LoadSample& sample = samples_[index];
    sample.answered = SinceStart(at);
    sample.code = answer.status().code();
    sample.wrong = wrong;
    if (answer.ok()) {
      for (const std::uint32_t count : answer->reply.token_counts) sample.tokens += count;
    }
    --in_flight_;
    const bool sends = plan_.rate == 0 && BecomeSender();
    if (IsOver()) over_.NotifyAll();
    return sends;
  }

  const LoadPlan& plan_;
  const std::vector<std::unique_ptr<EmbedClient>>& clients_;
  const int dim_;
  const Clock& clock_;
  const LoadRunHooks& hooks_;
  std::vector<std::string> pool_;
  std::vector<microseconds> schedule_;  // open loop
  EmbedOptions options_;
  TimePoint start_;
  Mutex mutex_;
  CondVar over_;
  Rng rng_ GUARDED_BY(mutex_);
  std::vector<LoadSample> samples_ GUARDED_BY(mutex_);
  std::size_t in_flight_ GUARDED_BY(mutex_) = 0;
  bool sending_ GUARDED_BY(mutex_) = false;
  bool stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace

LoadReport RunLoad(const LoadPlan& plan, const std::vector<std::unique_ptr<EmbedClient>>& clients,
                   int dim, const Clock& clock, const LoadRunHooks& hooks) {
  CHECK(!clients.empty(), "traffic goes somewhere");
  CHECK((plan.rate > 0) != (plan.concurrency > 0), "a loop is open or closed");
  Run run(plan, clients, dim, clock, hooks);
  return run.Go();
}

}  // namespace shoal
