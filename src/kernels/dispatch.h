// Which kernel tables a CPU can run, and in which of them bf16 pays. Both are pure functions of
// what CPUID says; the CPU itself is asked once. No clock: one machine always chooses alike.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "kernels/kernel_table.h"

namespace shoal {

// What CPUID says of a CPU, and the operating system of its wide registers.
struct Cpu {
  std::array<char, 12> vendor{};  // "AuthenticAMD", "GenuineIntel"; zeros on other architectures
  int family = 0;                 // base plus extended: 0x19 is Zen 3 and 4
  bool avx2 = false;              // with FMA
  bool avx512 = false;            // F, BW, DQ and VL
  bool avx512_bf16 = false;       // with VNNI
};
Cpu ThisCpu();

struct TableList {
  std::array<const KernelTable*, 4> tables{};
  size_t count = 0;
};
// The tables of this build that `cpu` runs, the fastest first; `portable` is the last.
TableList TablesOf(const Cpu& cpu);

// Whether bf16 is faster than fp32 there. The instruction of AVX-512 (vdpbf16ps) does two products
// where an FMA does one. AMD issues both alike, from Zen 4 on; Intel issues it at half the rate, so
// that it gains nothing and the rounding of operands is lost time. What has not been measured
// counts as slow.
bool IsBf16Faster(const Cpu& cpu, const KernelTable& table);

// Those of this CPU; never empty.
std::span<const KernelTable* const> RunnableTables();

// The runnable table of this name ("avx512_bf16", "avx512", "avx2", "portable"); nullptr when the
// name is unknown or this CPU or this build lacks the table.
const KernelTable* FindTable(std::string_view name);

}  // namespace shoal
