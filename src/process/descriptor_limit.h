// How many files and sockets this process may have open.
#pragma once

#include <cstddef>
#include <optional>

namespace shoal {

// Raises the soft limit of open files (ulimit -n) to the hard one, as far as it may. The limit from
// then on; nullopt: there is none, or it cannot be known.
std::optional<std::size_t> RaiseDescriptorLimit();

}  // namespace shoal
