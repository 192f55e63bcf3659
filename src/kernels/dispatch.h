// Which kernel tables this CPU can run, found once by CPUID.
#pragma once

#include <span>
#include <string_view>

#include "kernels/kernel_table.h"

namespace shoal {

// The fastest first; never empty, `portable` is the last.
std::span<const KernelTable* const> RunnableTables();

// The runnable table of this name ("avx512_bf16", "avx512", "avx2", "portable"); nullptr when the
// name is unknown or this CPU or this build lacks the table.
const KernelTable* FindTable(std::string_view name);

}  // namespace shoal
