// The peak loops of a table, run again and again between what is measured against them.
#pragma once

#include <string>

#include "api/precision.h"
#include "base/check.h"
#include "bench/gate.h"
#include "bench/peak.h"
#include "bench/statistics.h"

namespace shoal {

// Not thread-safe.
class PeakMeter {
 public:
  explicit PeakMeter(const PeakTable& table) : table_(table) {}

  // One sample of each loop, about a millisecond together.
  void Sample() {
    constexpr long kIterations = 200'000;
    double operations = 0;
    Elapsed elapsed = Measure([&] { operations = table_.fp32(kIterations); });
    fp32_.Add(elapsed, operations);
    if (table_.bf16 != nullptr) {
      elapsed = Measure([&] { operations = table_.bf16(kIterations); });
      bf16_.Add(elapsed, operations);
    }
    elapsed = Measure([&] { operations = table_.int8(kIterations); });
    int8_.Add(elapsed, operations);
  }

  // CHECKs that the table is fast in the precision.
  const Samples& Of(Precision precision) const {
    CHECK(precision != Precision::kBf16 || table_.bf16 != nullptr, "a peak of what the table has");
    return precision == Precision::kInt8 ? int8_ : precision == Precision::kBf16 ? bf16_ : fp32_;
  }
  const Samples& fp32() const { return fp32_; }

  std::string Line(const std::string& of) const {
    return "peak during " + of + ", " + table_.kernel_table + ": " +
           Part(table_.fp32_instructions, fp32_) + "; " +
           (table_.bf16 == nullptr ? "" : Part(table_.bf16_instructions, bf16_) + "; ") +
           Part(table_.int8_instructions, int8_);
  }

 private:
  static std::string Part(const char* instructions, const Samples& samples) {
    const Summary rate = samples.CpuRate();
    return std::string(instructions) + " " + Fixed(samples.first() / 1e9, 1) + " before, " +
           Fixed(samples.last() / 1e9, 1) + " after, p10 " + Fixed(rate.p10 / 1e9, 1) + " p50 " +
           Fixed(rate.p50 / 1e9, 1) + " mean " + Fixed(rate.mean / 1e9, 1) + " G/s, " +
           Fixed(100 * samples.lost(), 1, " % of the time lost");
  }

  const PeakTable& table_;
  Samples fp32_;
  Samples bf16_;
  Samples int8_;
};

}  // namespace shoal
