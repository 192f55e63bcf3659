// What became of a run's requests: every one is kept as a row, and percentiles are exact.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
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
// "resource_exhausted": what a report calls the answers of that code.
std::string LowerName(StatusCode code);

// Seconds, at the quantiles that the name says; 0 without samples.
struct Percentiles {
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double p999 = 0;
  double max = 0;
};
// Of the nearest rank. Reorders `times`.
Percentiles PercentilesOf(std::vector<std::chrono::microseconds>& times);

struct LoadReport {
  std::uint64_t offered = 0;  // requests the schedule holds; in a closed loop, those sent
  std::uint64_t sent = 0;
  std::uint64_t late_starts = 0;  // sent more than 10 ms after their time
  std::uint64_t ok = 0;
  std::uint64_t good = 0;  // OK, right, and within the deadline (from the intended start)
  std::uint64_t wrong_vectors = 0;
  std::uint64_t cancelled = 0;  // by the generator itself
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
  Percentiles refusal;  // of RESOURCE_EXHAUSTED answers, from the moment of sending
  double generator_cpu_seconds = 0;
  bool valid = true;                      // late_starts are at most 1 % of what was sent
  std::vector<std::uint64_t> per_second;  // good answers in each second of the duration

  // One object, `version` 1, the keys as above; `latency_seconds`,
  // `service_seconds`, `refusal_seconds`.
  std::string Json() const;
};

struct LoadShape {
  std::chrono::microseconds duration{0};
  std::chrono::microseconds deadline{0};  // 0: none
  std::uint64_t offered = 0;
};
LoadReport Summarise(const std::vector<LoadSample>& samples, const LoadShape& shape);

}  // namespace shoal
