// What one line of the log costs who logs it. `log_bench [SECONDS] >/dev/null`; says on stderr how
// much CPU time a call took, what it allocated, and how many lines were lost. A thousand lines come
// at once, then the next thousand when all are written.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <new>
#include <thread>

#include "base/clock.h"
#include "telemetry/log.h"

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

constexpr int kLines = 1000;

// As a coordinator has it for a request.
void LogRequest(std::int64_t number) {
  LogInfo("request.finished", "ok",
          {{"request_id", "5b1f0a6c7d8e9f00"},
           {"trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"},
           {"span_id", "00f067aa0ba902b7"},
           {"code", "OK"},
           {"reason", "ok"},
           {"texts", 1},
           {"tokens", number % 100},
           {"attempt", 1},
           {"queue_ms", 1.25},
           {"infer_ms", 3.5},
           {"total_ms", 5.125}});
}

// Of this thread: what others do on the same machine counts less.
std::chrono::nanoseconds CpuTime() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// Until the writer has had all lines so far.
void AwaitWriter(std::uint64_t lines) {
  while (KeptLines()->Find({.most = 0}).newest < lines) std::this_thread::yield();
}

int Run(double seconds) {
  StartLogging({.format = "json", .role = "coordinator", .keep_lines = true});
  for (int i = 0; i < kLines; ++i) LogRequest(i);  // every memory has its size
  std::uint64_t lines = kLines;
  AwaitWriter(lines);
  const std::uint64_t before = allocations;
  std::chrono::nanoseconds took{};
  const auto end = SystemClock().Now() + std::chrono::duration<double>(seconds);
  while (SystemClock().Now() < end) {
    const auto start = CpuTime();
    for (int i = 0; i < kLines; ++i) LogRequest(i);
    took += CpuTime() - start;
    lines += kLines;
    AwaitWriter(lines);
  }
  const auto count = static_cast<double>(lines - kLines);
  std::fprintf(stderr, "%.0f lines: %.0f ns of CPU time each, %.4f allocations each, %llu lost\n",
               count, static_cast<double>(took.count()) / count,
               static_cast<double>(allocations - before) / count,
               static_cast<unsigned long long>(LostLogLines()));
  StopLogging();
  return 0;
}

}  // namespace
}  // namespace shoal

int main(int argc, char** argv) { return shoal::Run(argc > 1 ? std::atof(argv[1]) : 2); }
