// The loop: send what is due, then wait for answers until the next request or tick is due. What is
// due depends on the kind of loop: open, when the schedule says; closed, when a caller is free.
//
// An open loop measures from when a request should have been sent, not from when it was. If this
// thread falls behind, the delay shows in the latencies; measured from the sending, it would
// vanish.
#include "load/load_run.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "base/bounded_queue.h"
#include "load/made_text.h"

namespace shoal {
namespace {

using std::chrono::microseconds;
using TimePoint = std::chrono::steady_clock::time_point;

constexpr std::size_t kTextPool = 1024;
constexpr microseconds kTick{250'000};

struct Answer {
  std::size_t sample = 0;
  TimePoint at;
  Result<EmbedAnswer> answer;
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
    options_.truncate = true;
    options_.priority = plan.priority;
    options_.client = plan.client;
    if (plan.deadline.count() > 0) options_.timeout = plan.deadline;
  }

  LoadReport Go() {
    const double cpu_before = CpuSeconds();
    start_ = clock_.Now();
    TimePoint next_tick = start_ + kTick;
    std::vector<Answer> answers;
    while (true) {
      while (MaySend()) Send();
      if (in_flight_ == 0 && !MoreToCome()) break;
      inbox_.TakeAll(answers, std::min(NextStart(), next_tick));
      for (const Answer& answer : answers) Take(answer);
      if (clock_.Now() < next_tick) continue;
      next_tick = clock_.Now() + kTick;
      if (hooks_.tick) hooks_.tick(samples_.size() - in_flight_);
      stopped_ = stopped_ || (hooks_.stop && hooks_.stop());
    }
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

  bool MoreToCome() const {
    if (stopped_) return false;
    return plan_.rate > 0 ? samples_.size() < schedule_.size()
                          : SinceStart(clock_.Now()) < plan_.duration;
  }

  bool MaySend() const {
    if (!MoreToCome()) return false;
    return plan_.rate > 0 ? clock_.Now() >= NextStart() : in_flight_ < plan_.concurrency;
  }

  // When the next request is due; never, when an answer has to come first.
  TimePoint NextStart() const {
    if (plan_.rate > 0 && MoreToCome()) return start_ + schedule_[samples_.size()];
    return TimePoint::max();
  }

  void Send() {
    const std::size_t sample = samples_.size();
    const microseconds now = SinceStart(clock_.Now());
    samples_.push_back({.intended = plan_.rate > 0 ? schedule_[sample] : now, .sent = now});
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < plan_.texts_per_request; ++i) {
      texts.push_back(pool_[rng_.Below(pool_.size())]);
    }
    ++in_flight_;
    clients_[sample % clients_.size()]->EmbedAsync(
        texts, options_, [this, sample](Result<EmbedAnswer> answer) {
          inbox_.PushAlways({.sample = sample, .at = clock_.Now(), .answer = std::move(answer)});
        });
  }

  void Take(const Answer& answer) {
    --in_flight_;
    LoadSample& sample = samples_[answer.sample];
    sample.answered = SinceStart(answer.at);
    sample.code = answer.answer.status().code();
    if (!answer.answer.ok()) return;
    const EmbedReply& reply = answer.answer->reply;
    sample.wrong = IsWrong(reply, plan_.texts_per_request, dim_);
    for (const std::uint32_t count : reply.token_counts) sample.tokens += count;
  }

  const LoadPlan& plan_;
  const std::vector<std::unique_ptr<EmbedClient>>& clients_;
  const int dim_;
  const Clock& clock_;
  const LoadRunHooks& hooks_;
  Rng rng_;
  std::vector<std::string> pool_;
  std::vector<microseconds> schedule_;  // open loop
  EmbedOptions options_;
  TimePoint start_;
  std::vector<LoadSample> samples_;
  std::size_t in_flight_ = 0;
  bool stopped_ = false;
  BoundedQueue<Answer> inbox_{0};  // bounded by what is in flight
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
