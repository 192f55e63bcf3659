// The tables of this build. Which of them may be called: dispatch.h.
#pragma once

#include "kernels/kernel_table.h"

namespace shoal {

extern const KernelTable kAvx2Table;  // x86-64 builds only
extern const KernelTable kPortableTable;

}  // namespace shoal
