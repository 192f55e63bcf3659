// Two lanes share nothing but memory and its caches, so two should do twice the work of one. That
// can only be seen while nobody else uses the cores: rounds in which time was lost do not count.
#include <algorithm>
#include <atomic>
#include <span>
#include <thread>

#include "bench/gates.h"
#include "bench/statistics.h"
#include "process/cpu_affinity.h"

namespace shoal {
namespace {

constexpr double kBar = 1.9;
constexpr double kMostLost = 0.01;  // share of the time, in a round that counts
constexpr int kRounds = 20;
constexpr std::size_t kLeastFree = 6;
constexpr double kWindow = 0.2;  // seconds

struct Window {
  double wall_rate = 0;  // passes a second, of all lanes
  double cpu_rate = 0;   // the same, counting only the time that a lane was let run
  double lost = 0;       // share of the lanes' time that others had
};

struct LaneRun {
  Lane lane;
  std::vector<float> vectors;
  Elapsed elapsed{};
  double passes = 0;
};

// Encodes for one window, on the core of its index, beginning together with the others.
void RunOne(std::size_t slot, const Batch& batch, std::atomic<int>& missing, LaneRun& run) {
  static_cast<void>(PinThisThread(slot));  // where it is refused, the time lost will tell
  missing.fetch_sub(1);
  while (missing.load() > 0) {
  }
  const auto start = SystemClock().Now();
  run.passes = 0;
  run.elapsed = Measure([&] {
    do {
      run.lane.Encode(batch.lengths, batch.ids, run.vectors);
      ++run.passes;
    } while (std::chrono::duration<double>(SystemClock().Now() - start).count() < kWindow);
  });
}

Window RunTogether(std::span<LaneRun> runs, const Batch& batch) {
  std::atomic<int> missing{static_cast<int>(runs.size())};
  const double stolen = StolenSeconds();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    threads.emplace_back(RunOne, i, std::cref(batch), std::ref(missing), std::ref(runs[i]));
  }
  for (std::thread& thread : threads) thread.join();
  Window window;
  Elapsed all;
  for (const LaneRun& run : runs) {
    window.wall_rate += run.passes / run.elapsed.wall;
    window.cpu_rate += run.passes / run.elapsed.cpu;
    all.wall += run.elapsed.wall;
    all.cpu += run.elapsed.cpu;
  }
  window.lost = std::max(1 - all.cpu / all.wall, (StolenSeconds() - stolen) / all.wall);
  return window;
}

struct Ratios {
  std::vector<double> free;  // wall time, of rounds that count
  std::vector<double> cpu;   // of all rounds, time lost left out
  std::vector<double> lost;
};

Ratios MeasureRatios(const Variant& variant, const Batch& batch) {
  std::vector<LaneRun> runs;
  for (int i = 0; i < 2; ++i) {
    runs.push_back({.lane = Lane(variant.weights, 512),
                    .vectors = std::vector<float>(
                        batch.lengths.size() * static_cast<std::size_t>(variant.weights->dim()))});
  }
  Ratios ratios;
  for (int round = 0; round < kRounds; ++round) {
    const Window one = RunTogether(std::span(runs).first(1), batch);
    const Window two = RunTogether(runs, batch);
    const double lost = std::max(one.lost, two.lost);
    if (lost <= kMostLost) ratios.free.push_back(two.wall_rate / one.wall_rate);
    ratios.cpu.push_back(two.cpu_rate / one.cpu_rate);
    ratios.lost.push_back(lost);
  }
  return ratios;
}

}  // namespace

void LanesGate(const Context& context, GateReport& report) {
  const Result<std::vector<int>> cores = AffinityCores();
  if (!cores.ok() || cores->size() < 2) {
    report.not_run.push_back("two lanes: this process may use one core only");
    return;
  }
  const Batch batch = UniformBatch(context, 128, 32);
  for (const Variant& variant : context.variants) {
    if (!variant.is_fast) continue;
    const Ratios ratios = MeasureRatios(variant, batch);
    const double by_cpu = Summarise(ratios.cpu).p50;
    const double lost = Summarise(ratios.lost).mean;
    GateRow row = RowOf(variant, "two lanes against one");
    row.bar = ">= " + Fixed(kBar, 1, " times");
    row.note = "by CPU time " + Fixed(by_cpu, 2) + ", " + std::to_string(ratios.free.size()) +
               " of " + std::to_string(kRounds) + " rounds undisturbed, " +
               Fixed(100 * lost, 1, " % of the time lost");
    row.figures = {{"by_cpu_time", by_cpu}, {"lost", lost}};
    if (ratios.free.size() >= kLeastFree) {
      const Summary free = Summarise(ratios.free);
      row.measured = Fixed(free.p50, 2, " times");
      row.verdict = AtLeast(free.p50, kBar);
      row.figures.push_back({"ratio", free.p50});
    } else {
      row.measured = "?";
      row.verdict = GateVerdict::kNotJudged;
      row.note = "the machine was not free: " + row.note;
    }
    report.rows.push_back(row);
  }
}

}  // namespace shoal
