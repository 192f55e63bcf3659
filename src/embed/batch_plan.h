// Which texts of a window run together: longest first, filled up to the token budget. Neighbours in
// length share a batch, and the last batches to start are the short ones, so all lanes end
// together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace shoal {

// Indexes into `lengths` (tokens), each once. A batch holds at most `max_tokens`, or one text that
// is longer. Pure.
std::vector<std::vector<std::size_t>> PlanBatches(std::span<const std::uint32_t> lengths,
                                                  std::size_t max_tokens);

}  // namespace shoal
