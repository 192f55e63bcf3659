// The tables of this build. Which of them may be called: dispatch.h.
#pragma once

#include "kernels/kernel_table.h"

namespace shoal {

// x86-64 builds only.
extern const KernelTable kAvx512Bf16Table;
extern const KernelTable kAvx512Table;
extern const KernelTable kAvx2Table;

extern const KernelTable kPortableTable;

}  // namespace shoal
