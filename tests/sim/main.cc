// sim: the scheduler in virtual time, see README.md.
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "arguments.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mutex.h"
#include "run.h"
#include "scheduler/recording.h"
#include "table_run.h"

namespace shoal::sim {
namespace {

double Seconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(SystemClock().Now() - since).count();
}

void PrintFailure(const SeedResult& result, bool with_tail) {
  if (with_tail) {
    for (const std::string& line : result.tail) std::printf("  %s\n", line.c_str());
  }
  std::printf("FAILED seed %" PRIu64 " (%s): invariant %d, %s\n  %s\n  replay: sim --seed %" PRIu64
              " --trace\n",
              result.seed, std::string(Name(result.play)).c_str(), result.failure.invariant,
              Sentence(result.failure.invariant), result.failure.what.c_str(), result.seed);
}

void PrintTally(const char* which, const Tally& tally) {
  std::printf("nothing wrong, %s: %" PRIu64 " of %" PRIu64 " admitted calls late\n", which,
              tally.late, tally.admitted);
}

// Runs seeds on some threads, each seed in a world of its own, until `enough` says so.
class Crew {
 public:
  Crew(const Arguments& arguments, const Mutant& mutant) : arguments_(arguments), mutant_(mutant) {}

  Summary Run() {
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < arguments_.threads; ++i) {
      threads.emplace_back([this] { Work(); });
    }
    for (std::thread& thread : threads) thread.join();
    const MutexLock lock(mutex_);
    return std::move(summary_);
  }

 private:
  void Work() {
    const auto begin = SystemClock().Now();
    while (!failed_) {
      const std::uint64_t index = next_++;
      const bool more = arguments_.minutes > 0
                            ? Seconds(begin) < 60.0 * static_cast<double>(arguments_.minutes)
                            : index < arguments_.seeds;
      if (!more) return;
      SeedResult result = RunSeed(arguments_.first_seed + index, mutant_, false);
      if (result.failure.any() && !arguments_.keep_going) failed_ = true;
      const MutexLock lock(mutex_);
      summary_.Add(std::move(result));
    }
  }

  const Arguments& arguments_;
  const Mutant& mutant_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<bool> failed_{false};
  Mutex mutex_;
  Summary summary_ GUARDED_BY(mutex_);
};

int RunOne(const Arguments& arguments, const Mutant& mutant) {
  const SeedResult result = RunSeed(*arguments.seed, mutant, arguments.trace);
  if (result.failure.any()) {
    PrintFailure(result, !arguments.trace);
    return 1;
  }
  std::printf("seed %" PRIu64 " (%s): %" PRIu64 " events, %" PRIu64 " lines, hash %016" PRIx64 "\n",
              result.seed, std::string(Name(result.play)).c_str(), result.events, result.actions,
              result.hash);
  return 0;
}

int RunMany(const Arguments& arguments) {
  const auto begin = SystemClock().Now();
  const Mutant none;
  const Summary summary = Crew(arguments, none).Run();
  const double seconds = Seconds(begin);
  for (const auto& [name, count] : summary.coverage.counts()) {
    std::printf("%12" PRIu64 "  %s\n", count, name.c_str());
  }
  std::printf("%" PRIu64 " seeds from %" PRIu64 ": %" PRIu64
              " events in %.1f s, %.0f events/s, hash %016" PRIx64 "\n",
              summary.seeds, arguments.first_seed, summary.events, seconds,
              static_cast<double>(summary.events) / seconds, summary.hash);
  PrintTally("one lane", summary.one_lane);
  PrintTally("more lanes, one of them idle, and more than a batch", summary.head_starts);
  bool good = summary.failed.empty();
  for (const SeedResult& result : summary.failed) PrintFailure(result, !arguments.keep_going);
  if (!summary.promises_kept()) {
    std::printf("FAILED invariant 4, %s: more than one in a hundred\n", Sentence(4));
    good = false;
  }
  if (arguments.full) {
    for (const std::string& name : summary.coverage.Missing()) {
      std::printf("FAILED never reached: %s\n", name.c_str());
      good = false;
    }
  }
  return good ? 0 : 1;
}

int RunMutants(const Arguments& arguments) {
  const auto begin = SystemClock().Now();
  int found = 0;
  int missed = 0;
  for (const Mutant& mutant : Mutants()) {
    if (!arguments.mutant.empty() && mutant.name != arguments.mutant) continue;
    if (arguments.seed) return RunOne(arguments, mutant);
    const Summary summary = Crew(arguments, mutant).Run();
    if (summary.failed.empty()) {
      ++missed;
      std::printf("NOT FOUND %s after %" PRIu64 " seeds\n", std::string(mutant.name).c_str(),
                  summary.seeds);
    } else {
      ++found;
      const SeedResult& first = summary.failed.front();
      std::printf("found %s by invariant %d at seed %" PRIu64 " after %" PRIu64 " seeds (%s)\n",
                  std::string(mutant.name).c_str(), first.failure.invariant, first.seed,
                  summary.seeds, first.failure.what.c_str());
    }
    std::fflush(stdout);
  }
  if (found + missed == 0) {
    std::fprintf(stderr, "sim: there is no mutant '%s'\n", arguments.mutant.c_str());
    return 2;
  }
  std::printf("%d of %d planted bugs found in %.1f s\n", found, found + missed, Seconds(begin));
  return missed == 0 ? 0 : 1;
}

// `words` after --table.
int RunTables(std::span<const char* const> words) {
  const std::vector<std::string> rest(words.begin() + (words.empty() ? 0 : 1), words.end());
  const Result<table::TablesOptions> options =
      table::ParseTablesOptions(words.empty() ? "" : words.front(), rest);
  if (!options.ok()) {
    std::fprintf(stderr, "sim: %s\n", std::string(options.status().message()).c_str());
    return 2;
  }
  return table::PrintTables(*options);
}

int RunReplay(const std::string& path) {
  const Result<MappedFile> file = MappedFile::Open(path);
  if (!file.ok()) {
    std::fprintf(stderr, "sim: %s\n", std::string(file.status().message()).c_str());
    return 2;
  }
  const std::span<const std::byte> bytes = file->bytes();
  const Result<Replayed> replayed =
      Replay({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!replayed.ok()) {
    std::printf("FAILED %s\n", std::string(replayed.status().message()).c_str());
    return 1;
  }
  std::printf("%" PRIu64 " steps with %" PRIu64 " events: all %" PRIu64 " actions as recorded%s\n",
              replayed->steps, replayed->events, replayed->actions,
              replayed->cut ? "; the recording breaks off" : "");
  return 0;
}

int Main(std::span<const char* const> words) {
  if (!words.empty() && std::string_view(words.front()) == "--table") {
    return RunTables(words.subspan(1));
  }
  const Result<Arguments> arguments = Parse(words);
  if (!arguments.ok()) {
    std::fprintf(stderr, "sim: %s\n", std::string(arguments.status().message()).c_str());
    return 2;
  }
  if (arguments->help) {
    std::printf("%s\nsim %s", kHelp, table::kTablesUsage);
    return 0;
  }
  if (!arguments->replay.empty()) return RunReplay(arguments->replay);
  if (arguments->mutants) return RunMutants(*arguments);
  if (arguments->seed) return RunOne(*arguments, Mutant{});
  return RunMany(*arguments);
}

}  // namespace
}  // namespace shoal::sim

int main(int argc, char** argv) {
  return shoal::sim::Main({argv + 1, static_cast<std::size_t>(argc - 1)});
}
