// The encoder as it stands in the books: in double, from the model's tensors as they are, with none
// of the kernels, packings and shortcuts of the real one. What those are measured against.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"
#include "engine/encoder.h"

namespace shoal {

// The vector of each item (its token ids), [items][hidden]. Of `folder` only the shape and pooling
// are read. Some hundred times slower than a lane; errors are those of the source. Thread-safe.
Result<std::vector<float>> ReferenceVectors(const ModelFolder& folder, const WeightSource& source,
                                            std::span<const std::vector<std::int32_t>> items);

}  // namespace shoal
