// Which workers are listed, and in which order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "top/snapshot_reader.h"

namespace shoal {

enum class WorkerSort { kId, kState, kTokens, kInFlight, kP99, kCpu, kMemory, kRestarts, kErrors };

// As the table's heading has it: "ID", "TOKENS/S".
std::string_view HeadingOf(WorkerSort sort);
// Behind it: "most first", "from A to Z".
std::string_view DirectionOf(WorkerSort sort, bool reversed);
// The next one to sort by; from the last to the first.
WorkerSort After(WorkerSort sort);

// Names in the order that people expect: vm-2 before vm-10.
bool NaturallyLess(std::string_view a, std::string_view b);

// Those whose id, state or address holds `filter`, in small letters or capitals; empty: all. Equal
// ones stand in the order of their ids. Pointers into `workers`.
std::vector<const ShownWorker*> ListedWorkers(const std::vector<ShownWorker>& workers,
                                              std::string_view filter, WorkerSort sort,
                                              bool reversed);

}  // namespace shoal
