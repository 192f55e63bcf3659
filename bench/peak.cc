#include "bench/peak.h"

#include <string_view>

namespace shoal {

const PeakTable* FindPeaks(const char* kernel_table) {
#ifdef SHOAL_HAS_X86_TABLES
  for (const PeakTable* peaks : {&kAvx2PeakTable, &kAvx512PeakTable, &kAvx512Bf16PeakTable}) {
    if (peaks->kernel_table == std::string_view(kernel_table)) return peaks;
  }
#endif
  static_cast<void>(kernel_table);
  return nullptr;
}

}  // namespace shoal
