// What texts will cost, by their bytes, for those that are never tokenised: learned from those that
// are.
#pragma once

#include <cstddef>

#include "scheduler/cost.h"

namespace shoal {

// Not thread-safe.
class CostPerByte {
 public:
  // Texts of `bytes` (prompts included) turned out to cost `cost`.
  void Learn(std::size_t bytes, Cost cost) {
    bytes_ += static_cast<double>(bytes);
    cost_ += static_cast<double>(cost);
    if (bytes_ < kMemory) return;
    bytes_ /= 2;
    cost_ /= 2;
  }

  Cost Estimate(std::size_t bytes) const {
    return static_cast<Cost>(static_cast<double>(bytes) * cost_ / bytes_);
  }

 private:
  static constexpr double kMemory = 4 << 20;  // bytes

  // As if a little prose had come: a token in four bytes and a half.
  double bytes_ = 4500;
  double cost_ = 1000.0 * kCostPerToken;
};

}  // namespace shoal
