// The line of the log about a request that is over.
#pragma once

#include <cstdint>

#include "api/records.h"

namespace shoal {

// `left_out`: requests since the last such line that had none.
void LogRequest(const CallRecord& record, std::uint64_t left_out);

}  // namespace shoal
