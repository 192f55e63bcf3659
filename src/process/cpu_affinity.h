// Where and how eagerly the calling thread runs.
#pragma once

#include <cstddef>
#include <vector>

#include "base/status.h"

namespace shoal {

// The cores that the calling thread may run on, ascending; never empty when ok.
Result<std::vector<int>> AffinityCores();

// Pins the calling thread to core `index` mod N of the N it may run on. Returns that core.
Result<int> PinThisThread(std::size_t index);

// Linux: nice belongs to a thread. Raising it needs no privilege, lowering does.
Status SetThreadNice(int nice);

}  // namespace shoal
