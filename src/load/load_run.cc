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
#include <map>
#include <utility>

#include "base/mutex.h"

namespace shoal {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using TimePoint = std::chrono::steady_clock::time_point;

constexpr microseconds kTick{250'000};
// What a request without a deadline has that is to be given up, before any answer has come.
constexpr microseconds kFirstGuess{10'000};

// A request on its way, all its attempts. `hint` is of the thread that brings the answer.
struct Flight {
  std::size_t sample = 0;
  LoadRequest request;
  milliseconds hint{0};  // when the refusal at hand says to try again; 0: it does not
  Status refusal;        // while it waits for its next attempt
  bool is_over = false;
  bool given_up = false;
};
using FlightPointer = std::shared_ptr<Flight>;

double CpuSeconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

class Run {
 public:
  Run(const LoadPlan& plan, const std::vector<std::unique_ptr<EmbedClient>>& clients, int dim,
      const Clock& clock, const LoadRunHooks& hooks)
      : plan_(plan),
        clients_(clients),
        dim_(dim),
        clock_(clock),
        hooks_(hooks),
        source_(plan.requests, plan.part) {
    if (plan.rate > 0) schedule_ = ScheduleOf(plan);
    samples_.reserve(schedule_.size());
    options_.truncate = true;
    options_.priority = plan.priority;
    options_.client = plan.client;
    if (plan.deadline.count() > 0) options_.timeout = plan.deadline;
  }

  LoadRows Go() {
    const double cpu_before = CpuSeconds();
    const TimePoint now = clock_.Now();
    begin_ = plan_.start.value_or(now);
    start_ = begin_ + plan_.warmup;
    const auto until_start = std::chrono::duration_cast<std::chrono::nanoseconds>(start_ - now);
    start_unix_ms_ = (UnixNanoseconds() + until_start.count()) / 1'000'000;
    TimePoint next_tick = begin_ + kTick;
    while (true) {
      if (StartSending()) SendWhatIsDue(next_tick);
      HandleWhatIsDue();
      if (!WaitUntil(next_tick)) break;
      if (clock_.Now() >= next_tick) {
        Tick();
        next_tick = clock_.Now() + kTick;
      }
    }
    return Rows(CpuSeconds() - cpu_before);
  }

 private:
  LoadRows Rows(double cpu_seconds) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    LoadRows rows{.samples = {},
                  .duration = stopped_.value_or(plan_.duration),
                  .start_unix_ms = start_unix_ms_,
                  .generator_cpu_seconds = cpu_seconds,
                  .wrong_example = std::move(wrong_example_)};
    for (const LoadSample& sample : samples_) {
      if (sample.intended.count() >= 0) rows.samples.push_back(sample);
    }
    rows.offered = plan_.rate > 0 && !stopped_
                       ? static_cast<std::uint64_t>(std::ranges::count_if(
                             schedule_, [](microseconds t) { return t.count() >= 0; }))
                       : rows.samples.size();
    return rows;
  }

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
    if (plan_.rate > 0) return clock_.Now() >= NextStart();
    return in_flight_ < plan_.concurrency && clock_.Now() >= begin_;
  }

  bool IsOver() const REQUIRES(mutex_) { return in_flight_ == 0 && !sending_ && !MoreToCome(); }

  // When the next request is due; never, when an answer has to come first.
  TimePoint NextStart() const REQUIRES(mutex_) {
    if (plan_.rate > 0)
      return MoreToCome() ? start_ + schedule_[samples_.size()] : TimePoint::max();
    return samples_.empty() || (!sending_ && MaySend()) ? begin_ : TimePoint::max();
  }

  TimePoint NextEvent() const REQUIRES(mutex_) {
    return events_.empty() ? TimePoint::max() : events_.begin()->first;
  }

  // Until a request or an event is due, or `until`. False: the run is over.
  bool WaitUntil(TimePoint until) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    const TimePoint next = std::min({NextStart(), NextEvent(), until});
    if (!IsOver()) changed_.WaitUntil(mutex_, next);
    return !IsOver();
  }

  void Tick() EXCLUDES(mutex_) {
    if (hooks_.tick) TellProgress();
    if (hooks_.stop && hooks_.stop()) Stop();
  }
  void TellProgress() EXCLUDES(mutex_) {
    LoadProgress progress;
    std::vector<LoadSample> answers;
    {
      MutexLock lock(mutex_);
      answers.reserve(untold_.size());
      for (const std::size_t index : untold_) answers.push_back(samples_[index]);
      untold_.clear();
      told_ += answers.size();
      progress = {.elapsed = SinceStart(clock_.Now()),
                  .sent = samples_.size() - before_the_run_,
                  .answered = told_};
    }
    progress.answers = answers;
    hooks_.tick(progress);
  }
  void Stop() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (stopped_) return;
    stopped_ = std::clamp(SinceStart(clock_.Now()), microseconds(0), plan_.duration);
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
    while (const FlightPointer flight = NextFlight(until)) Send(flight, options_.timeout);
  }

  EmbedClient& ClientOf(const Flight& flight) { return *clients_[flight.sample % clients_.size()]; }

  void Send(const FlightPointer& flight, std::optional<milliseconds> timeout) EXCLUDES(mutex_) {
    const auto done = [this, flight](const Result<EmbedAnswer>& answer) {
      if (Take(flight, clock_.Now(), answer)) SendWhatIsDue(TimePoint::max());
    };
    const bool is_plain = !flight->request.cancel_after && !plan_.retries_refusals;
    if (is_plain) return ClientOf(*flight).EmbedAsync(flight->request.texts, options_, done);
    EmbedOptions options = options_;
    options.timeout = timeout;
    options.key = flight->sample + 1;
    options.retry_after = [flight](milliseconds hint) { flight->hint = hint; };
    ClientOf(*flight).EmbedAsync(flight->request.texts, options, done);
  }

  // None: this thread sends no longer, for nothing is due or `until` has come.
  FlightPointer NextFlight(TimePoint until) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    const TimePoint time = clock_.Now();
    if (!MaySend() || time >= until) {
      sending_ = false;
      if (IsOver()) changed_.NotifyAll();
      return nullptr;
    }
    auto flight = std::make_shared<Flight>();
    flight->sample = samples_.size();
    flight->request = source_.Next();
    const microseconds now = SinceStart(time);
    samples_.push_back({.intended = plan_.rate > 0 ? schedule_[flight->sample] : now,
                        .sent = now,
                        .texts = static_cast<std::uint32_t>(flight->request.texts.size()),
                        .validated = !flight->request.known.empty()});
    before_the_run_ += samples_.back().intended.count() < 0;
    ++in_flight_;
    if (flight->request.cancel_after) {
      const auto lives = *flight->request.cancel_after * std::chrono::duration<double>(Life());
      At(time + std::chrono::duration_cast<microseconds>(lives), {flight, true});
    }
    return flight;
  }

  // How long a request that is to be given up may live.
  microseconds Life() const REQUIRES(mutex_) {
    if (plan_.deadline.count() > 0) return plan_.deadline;
    return served_ > 0 ? service_ / static_cast<std::int64_t>(served_) : kFirstGuess;
  }

  // True: the caller sends from now on. False: the run may be over and this object gone.
  bool Take(const FlightPointer& flight, TimePoint at, const Result<EmbedAnswer>& answer)
      EXCLUDES(mutex_) {
    const LoadRequest& request = flight->request;
    const bool misfits = answer.ok() && Misfits(answer->reply, request.texts.size(), dim_);
    std::optional<std::string> wrong;
    if (answer.ok() && !misfits) wrong = FirstWrong(answer->reply, request.known);
    MutexLock lock(mutex_);
    if (WillTryAgain(*flight, at, answer.status())) {
      flight->refusal = answer.status();
      At(at + std::exchange(flight->hint, milliseconds(0)), {flight, false});
      return false;
    }
    LoadSample& sample = samples_[flight->sample];
    sample.wrong = misfits || wrong;
    if (wrong && wrong_example_.empty()) wrong_example_ = *std::move(wrong);
    if (answer.ok()) {
      for (const std::uint32_t count : answer->reply.token_counts) sample.tokens += count;
      ++served_;
      service_ += SinceStart(at) - sample.sent;
    }
    End(*flight, at, answer.status().code());
    const bool sends = plan_.rate == 0 && BecomeSender();
    if (IsOver()) changed_.NotifyAll();
    return sends;
  }

  void End(Flight& flight, TimePoint at, StatusCode code) REQUIRES(mutex_) {
    LoadSample& sample = samples_[flight.sample];
    sample.answered = SinceStart(at);
    sample.code = code;
    sample.cancelled = flight.given_up && code == StatusCode::kCancelled;
    flight.is_over = true;
    --in_flight_;
    if (hooks_.tick && sample.intended.count() >= 0) untold_.push_back(flight.sample);
  }

  bool WillTryAgain(const Flight& flight, TimePoint at, const Status& status) const
      REQUIRES(mutex_) {
    if (!plan_.retries_refusals || status.ok() || flight.given_up || stopped_) return false;
    const microseconds next = SinceStart(at) + flight.hint;
    const microseconds intended = samples_[flight.sample].intended;
    return flight.hint.count() > 0 && next < plan_.duration &&
           (plan_.deadline.count() == 0 || next - intended < plan_.deadline);
  }

  struct Event {
    FlightPointer flight;
    bool gives_up = false;  // else it is the next attempt
  };
  void At(TimePoint time, Event event) REQUIRES(mutex_) {
    const bool is_next = time < NextEvent();
    events_.emplace(time, std::move(event));
    if (is_next) changed_.NotifyAll();
  }

  void HandleWhatIsDue() EXCLUDES(mutex_) {
    while (const std::optional<Event> event = TakeEvent()) {
      if (event->gives_up) {
        ClientOf(*event->flight).Cancel(event->flight->sample + 1);
      } else {
        TryAgain(event->flight);
      }
    }
  }

  // None is due. What is over needs no care any more. A run that was stopped waits for no time.
  std::optional<Event> TakeEvent() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (!events_.empty() && (stopped_ || events_.begin()->first <= clock_.Now())) {
      Event event = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      Flight& flight = *event.flight;
      if (flight.is_over) continue;
      if (!event.gives_up) return event;
      if (stopped_) continue;
      flight.given_up = true;
      if (flight.refusal.ok()) return event;
      End(flight, clock_.Now(), StatusCode::kCancelled);  // between two attempts
    }
    return std::nullopt;
  }

  void TryAgain(const FlightPointer& flight) EXCLUDES(mutex_) {
    std::optional<milliseconds> timeout;
    {
      MutexLock lock(mutex_);
      LoadSample& sample = samples_[flight->sample];
      const microseconds waited = SinceStart(clock_.Now()) - sample.intended;
      if (plan_.deadline.count() > 0) {
        timeout = std::chrono::ceil<milliseconds>(plan_.deadline - waited);
      }
      if (stopped_ || (timeout && timeout->count() <= 0)) {
        End(*flight, clock_.Now(), flight->refusal.code());
        return;
      }
      ++sample.attempts;
      flight->refusal = {};
    }
    Send(flight, timeout);
  }

  const LoadPlan& plan_;
  const std::vector<std::unique_ptr<EmbedClient>>& clients_;
  const int dim_;
  const Clock& clock_;
  const LoadRunHooks& hooks_;
  std::vector<microseconds> schedule_;  // open loop
  EmbedOptions options_;
  TimePoint begin_;  // of the warm-up
  TimePoint start_;  // of what is reported
  std::int64_t start_unix_ms_ = 0;
  Mutex mutex_;
  CondVar changed_;
  RequestSource source_ GUARDED_BY(mutex_);
  std::vector<LoadSample> samples_ GUARDED_BY(mutex_);
  std::size_t before_the_run_ GUARDED_BY(mutex_) = 0;   // of them, those of the warm-up
  std::vector<std::size_t> untold_ GUARDED_BY(mutex_);  // answered since the last tick
  std::uint64_t told_ GUARDED_BY(mutex_) = 0;
  std::multimap<TimePoint, Event> events_ GUARDED_BY(mutex_);
  std::size_t in_flight_ GUARDED_BY(mutex_) = 0;
  std::uint64_t served_ GUARDED_BY(mutex_) = 0;
  microseconds service_ GUARDED_BY(mutex_){0};  // of all that were served
  std::string wrong_example_ GUARDED_BY(mutex_);
  bool sending_ GUARDED_BY(mutex_) = false;
  std::optional<microseconds> stopped_ GUARDED_BY(mutex_);  // when, within the duration
};

}  // namespace

LoadRows SendLoad(const LoadPlan& plan, const std::vector<std::unique_ptr<EmbedClient>>& clients,
                  int dim, const Clock& clock, const LoadRunHooks& hooks) {
  CHECK(!clients.empty(), "traffic goes somewhere");
  CHECK((plan.rate > 0) != (plan.concurrency > 0), "a loop is open or closed");
  CHECK(!plan.retries_refusals || plan.rate == 0, "callers of a closed loop alone try again");
  Run run(plan, clients, dim, clock, hooks);
  return run.Go();
}

LoadReport ReportOf(const LoadPlan& plan, const LoadRows& rows) {
  LoadReport report =
      Summarise(rows.samples,
                {.duration = rows.duration, .deadline = plan.deadline, .offered = rows.offered});
  report.generator_cpu_seconds = rows.generator_cpu_seconds;
  report.wrong_example = rows.wrong_example;
  report.run.seed = plan.requests.seed;
  report.run.start_unix_ms = rows.start_unix_ms;
  return report;
}

LoadReport RunLoad(const LoadPlan& plan, const std::vector<std::unique_ptr<EmbedClient>>& clients,
                   int dim, const Clock& clock, const LoadRunHooks& hooks) {
  return ReportOf(plan, SendLoad(plan, clients, dim, clock, hooks));
}

}  // namespace shoal
