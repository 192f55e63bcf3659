// How long batches take on this core, measured before a worker says Hello. The self-test has
// touched every weight (engine/weights_check.h): neither this nor the first caller pays for it.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "engine/encoder.h"
#include "scheduler/cost.h"

namespace shoal {

// Time of a batch in µs = alpha_us + per_token_us · cost / 1000.
struct BatchTimeFit {
  double alpha_us = 0;      // ≥ 0
  double per_token_us = 1;  // > 0
};

// The line through two measured batches, clamped: noise must not make a lane look free.
BatchTimeFit FitBatchTime(Cost small_cost, double small_us, Cost large_cost, double large_us);

// Runs short batches on `lane`, 112 tokens in all; about 30 ms on a fast kernel table. `any_token`
// is a token id of the vocabulary.
BatchTimeFit WarmUp(Lane& lane, int dim, std::uint32_t attention_cost, std::int32_t any_token,
                    const Clock& clock);

}  // namespace shoal
