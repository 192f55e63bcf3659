#include "cli/machine_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

TEST(MachineReport, OfACpuItKeepsTheNameAndWhatMatters) {
  EXPECT_EQ(CpuLines("processor\t: 0\nmodel name\t: A CPU @ 2 GHz\nmicrocode\t: 0x1\n"
                     "flags\t\t: fpu avx avx2 fma avx512fake\n\nprocessor\t: 1\n"),
            "cpu: A CPU @ 2 GHz\ncpu flags: avx avx2 fma\nmicrocode: 0x1\n");
}

TEST(MachineReport, OfAnArmCpuItKeepsAllFeatures) {
  EXPECT_EQ(CpuLines("Features\t: fp asimd bf16\nCPU part\t: 0xd4f\n"),
            "cpu: 0xd4f\ncpu flags: fp asimd bf16\nmicrocode: unknown\n");
}

TEST(MachineReport, WhatIsNotSaidIsUnknown) {
  EXPECT_EQ(CpuName(""), "");
  EXPECT_EQ(CpuLines(""), "cpu: unknown\ncpu flags: unknown\nmicrocode: unknown\n");
  EXPECT_THAT(MemoryLines("", ""), HasSubstr("MemTotal: unknown\n"));
}

TEST(MachineReport, MemoryIsThatOfTheMachineAndOfTheCgroup) {
  const std::string lines = MemoryLines("MemTotal:  100 kB\nMemFree: 7 kB\n", "4096\n");
  EXPECT_THAT(lines, HasSubstr("MemTotal: 100 kB\n"));
  EXPECT_THAT(lines, HasSubstr("memory limit of the cgroup: 4096\n"));
}

TEST(MachineReport, OfThisMachineThereIsAKernelAndALimitOfFiles) {
  EXPECT_THAT(MachineReport(), ContainsRegex("^kernel: Linux .*\n"));
  EXPECT_THAT(MachineReport(), ContainsRegex("\nopen files: [0-9]+"));
}

}  // namespace
}  // namespace shoal
