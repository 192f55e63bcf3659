#include "kernels/dispatch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace shoal {
namespace {

#ifdef SHOAL_HAS_X86_TABLES
Cpu CpuOf(std::string_view vendor, int family, int level) {
  Cpu cpu{.family = family, .avx2 = level >= 1, .avx512 = level >= 2, .avx512_bf16 = level >= 3};
  std::ranges::copy(vendor, cpu.vendor.begin());
  return cpu;
}

TEST(Dispatch, ACpuHasItsTableAndItsPrecision) {
  const struct {
    const char* cpu;
    std::string_view vendor;
    int family;
    int level;  // 1: AVX2, 2: AVX-512, 3: with bf16
    std::string_view table;
    bool bf16;
  } cases[] = {
      {"Zen 2", "AuthenticAMD", 0x17, 1, "avx2", false},
      {"Zen 3", "AuthenticAMD", 0x19, 1, "avx2", false},
      {"Zen 4", "AuthenticAMD", 0x19, 3, "avx512_bf16", true},
      {"Zen 5", "AuthenticAMD", 0x1A, 3, "avx512_bf16", true},
      {"after Zen 5", "AuthenticAMD", 0x1B, 3, "avx512_bf16", true},
      {"Haswell", "GenuineIntel", 6, 1, "avx2", false},
      {"Ice Lake", "GenuineIntel", 6, 2, "avx512", false},
      {"Cooper Lake, Sapphire Rapids", "GenuineIntel", 6, 3, "avx512_bf16", false},
      {"Diamond Rapids", "GenuineIntel", 0x13, 3, "avx512_bf16", false},
      {"Hygon", "HygonGenuine", 0x18, 1, "avx2", false},
      {"unknown", "NobodysBrand", 0x20, 3, "avx512_bf16", false},
      {"Nehalem", "GenuineIntel", 6, 0, "portable", false},
  };
  for (const auto& row : cases) {
    const Cpu cpu = CpuOf(row.vendor, row.family, row.level);
    const TableList list = TablesOf(cpu);
    EXPECT_EQ(list.count, static_cast<std::size_t>(row.level) + 1) << row.cpu;
    EXPECT_EQ(list.tables[0]->name, row.table) << row.cpu;
    EXPECT_EQ(list.tables[list.count - 1]->name, std::string("portable"));
    EXPECT_EQ(IsBf16Faster(cpu, *list.tables[0]), row.bf16) << row.cpu;
    // Every other table is one that SHOAL_ISA may force.
    for (std::size_t i = 1; i < list.count; ++i) {
      EXPECT_FALSE(IsBf16Faster(cpu, *list.tables[i])) << row.cpu << list.tables[i]->name;
    }
  }
}
#endif

TEST(Dispatch, ThisCpuRunsWhatItsFeaturesSay) {
  const TableList list = TablesOf(ThisCpu());
  ASSERT_EQ(RunnableTables().size(), list.count);
  for (std::size_t i = 0; i < list.count; ++i) {
    EXPECT_EQ(RunnableTables()[i], list.tables[i]);
    EXPECT_EQ(FindTable(list.tables[i]->name), list.tables[i]);
  }
  EXPECT_EQ(FindTable("sse9"), nullptr);
}

}  // namespace
}  // namespace shoal
