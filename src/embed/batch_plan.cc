#include "embed/batch_plan.h"

#include <algorithm>
#include <numeric>

namespace shoal {

std::vector<std::vector<std::size_t>> PlanBatches(std::span<const std::uint32_t> lengths,
                                                  std::size_t max_tokens) {
  std::vector<std::size_t> order(lengths.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater(),
                           [&lengths](std::size_t index) { return lengths[index]; });
  std::vector<std::vector<std::size_t>> batches;
  std::size_t tokens = max_tokens;  // of the last batch; the first text opens one
  for (const std::size_t index : order) {
    if (batches.empty() || tokens + lengths[index] > max_tokens) {
      batches.emplace_back();
      tokens = 0;
    }
    batches.back().push_back(index);
    tokens += lengths[index];
  }
  return batches;
}

}  // namespace shoal
