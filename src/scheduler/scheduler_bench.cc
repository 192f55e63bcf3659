// What the scheduler's decisions cost: admit, dispatch and complete one text, with so many lanes
// and so many texts queued. `scheduler_bench [SECONDS]`; no socket, no worker, one core.
//
// The pool is kept exactly busy in virtual time: each Step answers one batch of one lane, lets as
// many single-text calls come in as it had texts, and sends that lane its next batch.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "base/clock.h"
#include "scheduler/scheduler.h"

namespace {

std::atomic<std::uint64_t> allocations{0};

}  // namespace

void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace shoal {
namespace {

constexpr std::uint32_t kTokens = 25;  // of a text; a batch has five
constexpr microseconds kBatchTime{12'550};
constexpr std::uint32_t kLanesPerWorker = 4;
constexpr std::size_t kSampleSteps = 200;

class Pool {
 public:
  Pool(std::uint32_t lanes, std::size_t queued) : lanes_(lanes), queued_(queued), sent_(lanes) {
    std::vector<SchedulerEvent> events;
    for (AttachmentId attachment = 1; attachment <= lanes / kLanesPerWorker; ++attachment) {
      names_.push_back("worker-" + std::to_string(attachment));
    }
    granted_.assign(names_.size(), {1, 1, 1, 1});
    for (AttachmentId attachment = 1; attachment <= names_.size(); ++attachment) {
      events.push_back(WorkerOpened{.attachment = attachment,
                                    .worker_id = names_[attachment - 1],
                                    .incarnation = attachment,
                                    .lanes = kLanesPerWorker,
                                    .max_batch_tokens = 256,
                                    .max_batch_items = 4096,
                                    .alpha_us = 300,
                                    .per_token_us = 98});
      events.push_back(CreditGranted{attachment, granted_[attachment - 1]});
    }
    scheduler_.Step(now_, events, actions_);
    while (scheduler_.queued_items() < queued_ || SentLanes() < lanes_) {
      events_.clear();
      for (int i = 0; i < 64; ++i) events_.push_back(Arrival());
      Step();
    }
  }

  // One batch of one lane is back. Returns its texts.
  std::size_t Turn() {
    now_ += kBatchTime / lanes_;
    const std::uint32_t lane = next_lane_++ % lanes_;
    const Sent sent = sent_[lane];
    events_.clear();
    for (std::size_t i = 0; i < sent.texts; ++i) events_.push_back(Arrival());
    const AttachmentId attachment = lane / kLanesPerWorker + 1;
    std::array<std::uint64_t, kLanesPerWorker>& granted = granted_[attachment - 1];
    ++granted[lane % kLanesPerWorker];
    events_.push_back(BatchFinished{.attachment = attachment,
                                    .batch = sent.batch,
                                    .lane = lane % kLanesPerWorker,
                                    .statuses = {kAllDone.data(), sent.texts},
                                    .held = kBatchTime,
                                    .execution = kBatchTime});
    events_.push_back(CreditGranted{attachment, granted});
    Step();
    return sent.texts;
  }

  std::size_t queued() const { return scheduler_.queued_items(); }
  std::uint64_t refused() const { return refused_; }

 private:
  struct Sent {
    BatchId batch = 0;
    std::size_t texts = 0;
  };

  // Deadlines from 20 to 50 s.
  CallOffered Arrival() {
    ++call_;
    return {.call = call_,
            .deadline = now_ + std::chrono::seconds(20) + microseconds(call_ * 7919 % 30'000'000),
            .lengths = {&kTokens, 1},
            .bytes = 100};
  }

  std::size_t SentLanes() const {
    return static_cast<std::size_t>(
        std::count_if(sent_.begin(), sent_.end(), [](const Sent& s) { return s.batch != 0; }));
  }

  void Step() {
    scheduler_.Step(now_, events_, actions_);
    for (const SchedulerAction& action : actions_) {
      if (const auto* batch = std::get_if<SendBatch>(&action)) {
        const std::size_t lane = (batch->attachment - 1) * kLanesPerWorker + batch->lane;
        sent_[lane] = {batch->batch, batch->items.size()};
      }
      if (const auto* finish = std::get_if<FinishCall>(&action)) {
        refused_ += finish->verdict != Verdict::kOk;
      }
    }
  }

  static constexpr std::array<ItemStatus, 8> kAllDone{};

  const std::uint32_t lanes_;
  const std::size_t queued_;
  Scheduler scheduler_{SchedulerOptions{.attention_cost = 599}};
  microseconds now_{1'000'000};
  CallId call_ = 0;
  std::uint32_t next_lane_ = 0;
  std::uint64_t refused_ = 0;
  std::vector<std::string> names_;
  std::vector<std::array<std::uint64_t, kLanesPerWorker>> granted_;
  std::vector<Sent> sent_;
  std::vector<SchedulerEvent> events_;
  std::vector<SchedulerAction> actions_;
};

void Measure(std::uint32_t lanes, std::size_t queued, double seconds) {
  const Clock& clock = SystemClock();
  Pool pool(lanes, queued);
  for (int i = 0; i < 20'000; ++i) pool.Turn();  // every node and buffer has its size
  const std::uint64_t refused = pool.refused();
  std::vector<double> samples;
  samples.reserve(1 << 20);
  const std::uint64_t before_allocations = allocations.load();
  std::size_t texts = 0;
  const auto start = clock.Now();
  auto before = start;
  while (std::chrono::duration<double>(before - start).count() < seconds) {
    std::size_t done = 0;
    for (std::size_t i = 0; i < kSampleSteps; ++i) done += pool.Turn();
    const auto now = clock.Now();
    samples.push_back(std::chrono::duration<double, std::nano>(now - before).count() /
                      static_cast<double>(done));
    before = now;
    texts += done;
  }
  const std::uint64_t allocated = allocations.load() - before_allocations;
  std::sort(samples.begin(), samples.end());
  const double median = samples[samples.size() / 2];
  std::printf("| %5u | %7zu | %6.0f | %6.0f | %9.0f | %8.4f | %llu |\n", lanes, pool.queued(),
              samples[samples.size() / 10], median, 1e9 / median,
              static_cast<double>(allocated) / static_cast<double>(texts),
              static_cast<unsigned long long>(pool.refused() - refused));
}

int Main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::strtod(argv[1], nullptr) : 1.0;
  if (argc > 2 || !(seconds > 0 && seconds <= 60)) {
    std::fprintf(stderr, "usage: scheduler_bench [SECONDS]   (per row, up to 60)\n");
    return 2;
  }
  std::printf(
      "| lanes | queued | p10 ns | p50 ns | texts/s (p50) | allocations/text | refused |\n"
      "|---|---|---|---|---|---|---|\n");
  for (const std::uint32_t lanes : {64u, 1024u}) {
    for (const std::size_t queued : {10u, 100u, 1'000u, 10'000u, 100'000u}) {
      Measure(lanes, queued, seconds);
    }
  }
  return 0;
}

}  // namespace
}  // namespace shoal

int main(int argc, char** argv) { return shoal::Main(argc, argv); }
