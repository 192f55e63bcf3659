// How much work a text is, as one integer.
//
// Tokens alone would lie about long texts: attention grows with the square of the length. K weighs
// the square against the rest of the network: about 230,000 / hidden size.
#pragma once

#include <cstdint>

namespace shoal {

// Work, in 1/1000 token. The cost of a batch is the sum of its items'.
using Cost = std::int64_t;

inline constexpr Cost kCostPerToken = 1000;

// 1000·L + K·L²/1000 for a text of L tokens. Exact for any length below 2^24.
constexpr Cost CostOf(std::uint32_t length, std::uint32_t attention_cost) {
  const Cost tokens = length;
  return kCostPerToken * tokens + static_cast<Cost>(attention_cost) * tokens * tokens / 1000;
}

// K for a network of this hidden size, rounded.
constexpr std::uint32_t AttentionCost(int hidden_size) {
  return static_cast<std::uint32_t>((230'000 + hidden_size / 2) / hidden_size);
}

}  // namespace shoal
