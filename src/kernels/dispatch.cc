// Each table but the last needs all that the ones after it need, so the list is in order of speed
// and a CPU runs a tail of it. __builtin_cpu_supports also asks whether the operating system saves
// the wide registers; CPUID alone does not say that.
//
// Only addresses of tables are taken here. No code of a wider table runs before it is chosen, and
// this file is compiled for the base instruction set.
#include "kernels/dispatch.h"

#include <array>

#include "kernels/tables.h"

namespace shoal {
namespace {

struct Runnable {
  std::array<const KernelTable*, 4> tables{};
  std::size_t count = 0;
};

Runnable Detect() {
  Runnable found;
#ifdef SHOAL_HAS_X86_TABLES
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  const bool avx512_bf16 =
      avx512 && __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vnni");
  if (avx512_bf16) found.tables[found.count++] = &kAvx512Bf16Table;
  if (avx512) found.tables[found.count++] = &kAvx512Table;
  if (avx2) found.tables[found.count++] = &kAvx2Table;
#endif
  found.tables[found.count++] = &kPortableTable;
  return found;
}

}  // namespace

std::span<const KernelTable* const> RunnableTables() {
  static const Runnable runnable = Detect();
  return {runnable.tables.data(), runnable.count};
}

const KernelTable* FindTable(std::string_view name) {
  for (const KernelTable* table : RunnableTables()) {
    if (table->name == name) return table;
  }
  return nullptr;
}

}  // namespace shoal
