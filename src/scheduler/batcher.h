// When is a batch full? It closes before the item that would exceed the cost budget or what the
// worker takes; never later, and nothing is picked from behind to fill it up: order is worth more
// than the last few tokens.
#pragma once

#include <cstdint>

#include "scheduler/cost.h"

namespace shoal {

struct BatchLimits {
  Cost cost = 0;
  std::uint32_t tokens = 0;
  std::uint32_t items = 0;
};

struct BatchCandidate {
  std::uint32_t length = 0;  // tokens
  Cost cost = 0;
  bool alone = false;  // it was in a batch that failed: it must not pull others down with it
};

// Not thread-safe.
class Batcher {
 public:
  explicit Batcher(BatchLimits limits) : limits_(limits) {}

  // The first item always fits: a text is never split, so one above the budget rides alone.
  bool Fits(const BatchCandidate& item) const {
    if (items_ == 0) return true;
    if (closed_ || item.alone) return false;
    return items_ < limits_.items && cost_ + item.cost <= limits_.cost &&
           tokens_ + item.length <= limits_.tokens;
  }

  void Add(const BatchCandidate& item) {
    ++items_;
    tokens_ += item.length;
    cost_ += item.cost;
    closed_ = item.alone;
  }

  Cost cost() const { return cost_; }

 private:
  BatchLimits limits_;
  std::uint32_t items_ = 0;
  std::uint64_t tokens_ = 0;
  Cost cost_ = 0;
  bool closed_ = false;
};

}  // namespace shoal
