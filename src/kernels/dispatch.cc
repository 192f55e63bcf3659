// Each table but the last needs all that the ones after it need, so the list is in order of speed
// and a CPU runs a tail of it. __builtin_cpu_supports also asks whether the operating system saves
// the wide registers; CPUID alone does not say that.
//
// Only addresses of tables are taken here. No code of a wider table runs before it is chosen, and
// this file is compiled for the base instruction set.
#include "kernels/dispatch.h"

#ifdef SHOAL_HAS_X86_TABLES
#include <cpuid.h>

#include <cstring>
#endif

#include "kernels/tables.h"

namespace shoal {
namespace {

constexpr std::string_view kAmd = "AuthenticAMD";
constexpr int kZen4Family = 0x19;  // Zen 3, which has no bf16, shares it

}  // namespace

Cpu ThisCpu() {
  Cpu cpu;
#ifdef SHOAL_HAS_X86_TABLES
  __builtin_cpu_init();
  cpu.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  cpu.avx512 = cpu.avx2 && __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
  cpu.avx512_bf16 =
      cpu.avx512 && __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vnni");
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid(0, &eax, &ebx, &ecx, &edx) != 0) {
    const unsigned words[] = {ebx, edx, ecx};
    std::memcpy(cpu.vendor.data(), words, sizeof words);
  }
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0) {
    const unsigned base = eax >> 8 & 0xF;
    cpu.family = static_cast<int>(base == 0xF ? base + (eax >> 20 & 0xFF) : base);
  }
#endif
  return cpu;
}

TableList TablesOf([[maybe_unused]] const Cpu& cpu) {
  TableList list;
#ifdef SHOAL_HAS_X86_TABLES
  if (cpu.avx512_bf16) list.tables[list.count++] = &kAvx512Bf16Table;
  if (cpu.avx512) list.tables[list.count++] = &kAvx512Table;
  if (cpu.avx2) list.tables[list.count++] = &kAvx2Table;
#endif
  list.tables[list.count++] = &kPortableTable;
  return list;
}

bool IsBf16Faster(const Cpu& cpu, const KernelTable& table) {
  const std::string_view vendor(cpu.vendor.data(), cpu.vendor.size());
  return table.bf16_is_fast && vendor == kAmd && cpu.family >= kZen4Family;
}

std::span<const KernelTable* const> RunnableTables() {
  static const TableList list = TablesOf(ThisCpu());
  return {list.tables.data(), list.count};
}

const KernelTable* FindTable(std::string_view name) {
  for (const KernelTable* table : RunnableTables()) {
    if (table->name == name) return table;
  }
  return nullptr;
}

}  // namespace shoal
