// What it costs a coordinator to be watched: everything that is counted and noted of one call of
// one text and its batch. `observer_bench [SECONDS]`; one core.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

#include "base/clock.h"
#include "edge/call_report.h"
#include "server/observer.h"

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

using std::chrono::microseconds;

constexpr int kCallsPerLook = 1000;

// Time and allocations of one call.
struct Cost {
  double ns = 0;
  double allocations = 0;
};

Cost Measure(Verdict verdict, std::chrono::seconds time) {
  Observer observer({.version = "1", .model = {}, .slow_request = std::chrono::seconds(1)});
  const CallReports reports{.clock = SystemClock(),
                            .ended = [&](const CallRecord& record) { observer.CallEnded(record); }};
  const auto worker = std::make_shared<const WorkerName>(
      WorkerName{.id = "some-host-with-a-name-0", .incarnation = "0123456789abcdef"});
  CallWork work{.timing = {.tokenize_us = 5, .queue_us = 50, .dispatch_us = 100, .compute_us = 900},
                .tokens = 12,
                .attempts = 1,
                .queue = "urgent",
                .workers = {worker}};
  std::uint64_t calls = 0;
  const auto call = [&] {
    CallReport report(reports, Api::kOpenAi);
    report.texts = 1;
    report.BeginWriting();
    report.End({.verdict = verdict, .request_id = "0123456789abcdef", .client = "127.0.0.1"}, work);
    observer.BatchEnded({.batch = calls,
                         .worker = worker,
                         .items = 1,
                         .tokens = 12,
                         .held = microseconds(1000),
                         .execution = microseconds(900),
                         .predicted = microseconds(850),
                         .traces = {}});
    ++calls;
  };
  for (int i = 0; i < kCallsPerLook; ++i) call();
  calls = 0;
  const std::uint64_t allocated = allocations;
  const auto start = SystemClock().Now();
  while (SystemClock().Now() - start < time) {
    for (int i = 0; i < kCallsPerLook; ++i) call();
  }
  const double ns = std::chrono::duration<double, std::nano>(SystemClock().Now() - start).count();
  const auto count = static_cast<double>(calls);
  return {ns / count, static_cast<double>(allocations - allocated) / count};
}

void Run(std::chrono::seconds time) {
  std::fprintf(stderr, "%-12s %10s %12s\n", "a call that", "ns", "allocations");
  for (const auto& [name, verdict] :
       {std::pair("is served", Verdict::kOk), std::pair("is refused", Verdict::kOverloaded),
        std::pair("fails", Verdict::kAttemptsExhausted)}) {
    const Cost cost = Measure(verdict, time);
    std::fprintf(stderr, "%-12s %10.0f %12.3f\n", name, cost.ns, cost.allocations);
  }
}

}  // namespace
}  // namespace shoal

int main(int argc, char** argv) {
  shoal::Run(std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 2));
}
