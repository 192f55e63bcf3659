#include "scenario_text.h"

#include <cstdarg>
#include <cstdio>

namespace shoal::sim {

namespace {

__attribute__((format(printf, 2, 3))) void Print(std::string& out, const char* format, ...) {
  char line[400];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  out += line;
}

double Seconds(microseconds time) { return static_cast<double>(time.count()) / 1e6; }

void Print(std::string& out, const Group& group) {
  Print(out,
        "callers of client %llu: %.1f calls/s in bursts of %.1f from %.1f to %.1f s, %u to %u texts"
        " (2,048: %.3f) of about %.0f tokens, deadlines %.0f to %.0f ms (none: %.2f, 1 ms: %.2f),"
        " high %.2f, bulk %.2f, cancelled %.2f, poison %.3f, shared text %.2f, retry %d\n",
        static_cast<unsigned long long>(group.client), group.calls_per_second, group.burst,
        Seconds(group.begins), Seconds(group.ends), group.fewest_texts, group.most_texts,
        group.huge, group.median_tokens, group.shortest_deadline_us / 1e3,
        group.longest_deadline_us / 1e3, group.no_deadline, group.tiny_deadline, group.high,
        group.bulk, group.cancelled, group.poison, group.constant, static_cast<int>(group.retry));
}

}  // namespace

std::string Describe(const Scenario& scenario) {
  std::string out;
  Print(out,
        "seed %llu plays %s for %.1f s; %zu workers, %d lanes; %s; turn %lld us; restart %.2f s\n",
        static_cast<unsigned long long>(scenario.seed), std::string(Name(scenario.play)).c_str(),
        Seconds(scenario.safety), scenario.workers.size(), scenario.lanes(),
        scenario.one_event ? "one event a step" : "all events at once",
        static_cast<long long>(scenario.turn.count()), Seconds(scenario.restart));
  Print(out, "noise %.3f, stolen slices %.3f, long batches %.3f; at most %zu texts, %zu bytes\n",
        scenario.sigma, scenario.stolen, scenario.long_batches, scenario.options.max_queued_items,
        scenario.options.max_queued_bytes);
  for (std::size_t i = 0; i < scenario.workers.size(); ++i) {
    const WorkerSpec& worker = scenario.workers[i];
    Print(out,
          "worker %zu %s: %u lanes, %.0f us + %.0f us a token, in truth %.1f times that, delay "
          "%.1f ms"
          " (+%.0f %%), batches of %u texts\n",
          i, worker.id.c_str(), worker.lanes, worker.alpha_us, worker.per_token_us, worker.slower,
          static_cast<double>(worker.path.delay.count()) / 1e3, worker.path.jitter * 100,
          worker.max_batch_items);
  }
  for (const Group& group : scenario.groups) Print(out, group);
  for (const Fault& fault : scenario.faults) {
    Print(out, "fault at %.6f s: %s, worker %u, %.3f s, factor %.1f\n", Seconds(fault.at),
          std::string(Name(fault.kind)).c_str(), fault.worker, Seconds(fault.lasts), fault.factor);
  }
  return out;
}

}  // namespace shoal::sim
