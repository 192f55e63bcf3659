// What one core can do at most: loops of nothing but the instructions that a tile consists of, on
// registers, so that a share of it means something whatever the clock does.
//
// Like kernels/kernel_table.h this includes nothing of the C++ library.
#pragma once

namespace shoal {

// Each loop does `iterations` rounds and returns how many operations they were (a multiply and an
// add are two).
struct PeakTable {
  const char* kernel_table;         // whose instructions these are
  double (*fp32)(long iterations);  // fused multiply-add
  double (*bf16)(long iterations);  // nullptr: the table has no fast bf16
  double (*int8)(long iterations);  // the table's exact multiply-add of integers
  const char* fp32_instructions;
  const char* bf16_instructions;
  const char* int8_instructions;
};

// x86-64 builds only.
extern const PeakTable kAvx2PeakTable;
extern const PeakTable kAvx512PeakTable;
extern const PeakTable kAvx512Bf16PeakTable;

// nullptr: this build has no loops for that table.
const PeakTable* FindPeaks(const char* kernel_table);

}  // namespace shoal
