// The machines of the performance tables, as numbers: how many lanes, how long a batch takes, and
// what goes wrong now and then. One lane is one worker.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "scheduler/cost.h"

namespace shoal::table {

using std::chrono::microseconds;

struct Pool {
  int lanes = 8;
  // A batch of cost x takes (alpha + per token · x / 1000) µs on a healthy lane.
  double alpha_us = 300;
  double per_token_us = 98;
  std::uint32_t batch_tokens = 128;
  std::uint32_t attention_cost = 599;
  microseconds half_trip{200};  // between coordinator and worker, each way
  double sigma = 0.05;          // of the logarithm of a batch's time
  double stolen_share = 0.01;   // of the batches that lose `stolen` to somebody else
  microseconds stolen{50'000};
  double stalled_share = 0;  // of the batches that take `stalled_factor` times as long
  double stalled_factor = 20;
  double slow_factor = 1;  // lane 0 is this much slower than the others ...
  bool slow_known = true;  // ... and its worker's Hello says so; false: it became slow afterwards

  bool operator==(const Pool&) const = default;

  Cost batch_cost() const { return kCostPerToken * static_cast<Cost>(batch_tokens); }
  microseconds round_trip() const { return 2 * half_trip; }

  double BatchUs(Cost cost) const {
    return alpha_us + per_token_us * static_cast<double>(cost) / kCostPerToken;
  }
  // Cost per µs of all healthy lanes at full batches.
  double IdleSpeed() const {
    const int healthy = slow_factor > 1 ? std::max(1, lanes - 1) : lanes;
    const double gap_us = static_cast<double>(round_trip().count());
    return healthy * static_cast<double>(batch_cost()) / (BatchUs(batch_cost()) + gap_us);
  }
  // What a request needs by itself in this pool when nothing else is there, µs.
  double OwnUs(Cost cost, Cost longest_text) const {
    const Cost before = cost - std::min(cost, batch_cost());
    return static_cast<double>(before) / IdleSpeed() +
           BatchUs(std::max(batch_cost(), longest_text)) +
           static_cast<double>(round_trip().count());
  }
};

}  // namespace shoal::table
