// What became of a run's requests: every one is kept as a row, and percentiles are exact.
//
// report_json.h, report_csv.h and report_page.h write a report down, report_words.h says it in a
// sentence.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"

namespace shoal {

// One request that was sent. Times count from the start of the run.
struct LoadSample {
  std::chrono::microseconds intended{0};  // when the schedule wanted it sent
  std::chrono::microseconds sent{0};
  std::chrono::microseconds answered{0};
  StatusCode code = StatusCode::kOk;
  bool wrong = false;          // OK, but not the vectors that were asked for
  std::uint64_t tokens = 0;    // of an OK answer, as the server counts them
  std::uint32_t texts = 1;     // that were sent
  std::uint32_t attempts = 1;  // how often it was sent
  bool cancelled = false;      // by the generator itself
  bool validated = false;      // its texts were those whose vectors are known
};

bool IsLateStart(const LoadSample& sample);

inline double Seconds(std::chrono::microseconds time) {
  return std::chrono::duration<double>(time).count();
}
// The second of the run that a time is in; what is before the run is in the first.
inline std::size_t SecondOf(std::chrono::microseconds time) {
  return static_cast<std::size_t>(std::max<std::int64_t>(time.count(), 0) / 1'000'000);
}

// Each sample is one of these.
enum class SampleVerdict {
  kGood,       // OK, right vectors, within the deadline from the intended start
  kLate,       // OK after the deadline
  kWrong,      // OK in time, wrong vectors
  kRefused,    // RESOURCE_EXHAUSTED, UNAVAILABLE
  kFailed,     // every other code
  kCancelled,  // by the generator itself
};
// `deadline` 0: none.
SampleVerdict VerdictOf(const LoadSample& sample, std::chrono::microseconds deadline);

// Adds one to what has the verdict's name in `to`, which has them all but kWrong.
template <typename Counts>
void CountVerdict(SampleVerdict verdict, Counts& to) {
  to.good += verdict == SampleVerdict::kGood;
  to.late += verdict == SampleVerdict::kLate;
  to.refused += verdict == SampleVerdict::kRefused;
  to.failed += verdict == SampleVerdict::kFailed;
  to.cancelled += verdict == SampleVerdict::kCancelled;
}

// Seconds, at the quantiles that the name says; 0 without samples.
struct Percentiles {
  double p50 = 0;
  double p90 = 0;
  double p95 = 0;
  double p99 = 0;
  double p999 = 0;
  double max = 0;
};
// Of the nearest rank. Reorders `times`.
Percentiles PercentilesOf(std::vector<std::chrono::microseconds>& times);

// One second of a run: what was to be sent and was sent in it, and the answers that came in it.
struct LoadSecond {
  std::uint64_t offered = 0;
  std::uint64_t sent = 0;
  std::uint64_t ok = 0;
  std::uint64_t good = 0;
  std::uint64_t late = 0;  // OK, but over the deadline
  std::uint64_t refused = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t texts = 0;  // in good answers
  Percentiles latency;      // of OK answers, from the intended start; nothing where `ok` is 0
};

// A share of the OK answers, and how long the slowest of that share took.
struct CurvePoint {
  double quantile = 0;
  double latency = 0;  // seconds, from the intended start
  double service = 0;  // from the moment of sending
};

// When the run was to fail (`--fail-if`), and what was measured, in words.
struct JudgedThreshold {
  std::string expression;   // as it was given: "p99>50ms"
  std::string figure;       // "p99"
  bool fails_above = true;  // else it fails below
  std::string measured;     // "128 ms"; empty: there was nothing to measure
  std::string bound;        // "50 ms"
  double ratio = 0;         // measured over bound; infinite where the bound is zero
  bool failed = false;
};

// Something that happened during the run: a fault, a worker that was lost.
struct LoadMark {
  double second = 0;  // from the start of the run
  std::string text;
};

// One second of the server that was loaded, as its port for operators tells it.
struct ServerSecond {
  double second = 0;  // its begin, from the start of the run
  double in_flight = 0;
  std::array<double, 3> queue_seconds = {};  // that workers need for what waits: kServerQueues
  double offered_cost = 0;
  double goodput_cost = 0;
  double capacity_cost = 0;
};
inline constexpr std::array kServerQueues = {"urgent", "patient", "bulk"};

// How a run was made, for who reads its report or repeats it.
struct RunFacts {
  std::string version;  // of the program that sent
  std::string target;
  std::string model;  // that the server says it serves
  std::string precision;
  int dim = 0;
  std::uint64_t seed = 0;
  std::int64_t start_unix_ms = 0;
  std::string cpu;  // of the machine that sent
  int cpus = 0;
  std::string command;                                       // a line for a shell
  std::vector<std::pair<std::string, std::string>> options;  // each with its value, as text
};

struct LoadReport {
  std::uint64_t offered = 0;  // requests the schedule holds; in a closed loop, those sent
  std::uint64_t sent = 0;
  std::uint64_t late_starts = 0;  // sent more than 10 ms after their time
  std::uint64_t ok = 0;
  std::uint64_t good = 0;  // OK, right, and within the deadline (from the intended start)
  std::uint64_t wrong_vectors = 0;
  std::uint64_t late = 0;  // OK, but over the deadline
  std::uint64_t refused = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t attempts = 0;   // all that was sent, again and again
  std::uint64_t retries = 0;    // those of them that were not the first
  std::uint64_t validated = 0;  // OK answers whose vectors were compared with known ones
  std::string wrong_example;    // the first of these that was wrong; empty: none
  std::map<std::string, std::uint64_t> verdicts;  // by the name of the code, lower-case
  double goodput_per_second = 0;                  // good answers that came within the duration
  double texts_per_second = 0;                    // in them
  double tokens_per_second = 0;
  Percentiles latency;  // of OK answers, from the intended start
  Percentiles service;  // of OK answers, from the moment of sending
  Percentiles refusal;  // of refusals, from the moment of sending
  double generator_cpu_seconds = 0;
  bool valid = true;  // late_starts are at most 1 % of what was sent
  double duration_seconds = 0;
  double deadline_seconds = 0;  // 0: none
  // Those of the duration, and more until the last answer: the counts add up to those above.
  std::vector<LoadSecond> per_second;
  // Up to 99.99 %, ten points for each step in which what is slower becomes ten times rarer; not
  // beyond the slowest answer.
  std::vector<CurvePoint> percentiles;
  RunFacts run;
  std::vector<JudgedThreshold> thresholds;  // by the figures of the end
  std::string ended_as;  // the threshold that ended the run before its time, in words; empty: none
  std::vector<LoadMark> marks;
  std::vector<ServerSecond> server;  // empty: it was not asked
};

struct LoadShape {
  std::chrono::microseconds duration{0};
  std::chrono::microseconds deadline{0};  // 0: none
  std::uint64_t offered = 0;
};
LoadReport Summarise(const std::vector<LoadSample>& samples, const LoadShape& shape);

}  // namespace shoal
