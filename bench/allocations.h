// How often this program has called operator new, by any thread: allocations.cc replaces it.
#pragma once

#include <cstddef>

namespace shoal {

std::size_t AllocationCount();

}  // namespace shoal
