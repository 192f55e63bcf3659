#include "kernels/dispatch.h"

#include <array>

#include "kernels/tables.h"

namespace shoal {
namespace {

struct Runnable {
  std::array<const KernelTable*, 2> tables{};
  std::size_t count = 0;
};

Runnable Detect() {
  Runnable found;
#ifdef SHOAL_HAS_AVX2
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    found.tables[found.count++] = &kAvx2Table;
  }
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
