// As peak_avx2.cc, for the two tables of AVX-512.
#include <immintrin.h>

#include "bench/peak.h"

#define FMA(sum) asm volatile("vfmadd231ps %1, %1, %0" : "+v"(sum) : "v"(a));
#define DOT_BF16(sum) asm volatile("vdpbf16ps %1, %1, %0" : "+v"(sum) : "v"(a));
#define DOT_INT8(sum) asm volatile("vpdpbusd %1, %1, %0" : "+v"(sum) : "v"(a));
#define MADD(sum)                                                                                  \
  {                                                                                                \
    __m512i product;                                                                               \
    asm volatile("vpmaddwd %2, %2, %1\n\tvpaddd %1, %0, %0" : "+v"(sum), "=&v"(product) : "v"(a)); \
  }
#define TWELVE_CHAINS(type, zero, operation)                                                  \
  type s0 = zero, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0, s8 = s0;     \
  type s9 = s0, s10 = s0, s11 = s0;                                                           \
  for (long i = 0; i < iterations; ++i) {                                                     \
    operation(s0) operation(s1) operation(s2) operation(s3) operation(s4) operation(s5)       \
        operation(s6) operation(s7) operation(s8) operation(s9) operation(s10) operation(s11) \
  }

namespace shoal {
namespace {

double Operations(long iterations, double per_instruction) {
  return 12 * per_instruction * static_cast<double>(iterations);
}

double Fp32(long iterations) {
  const __m512 a = _mm512_set1_ps(1e-3f);
  TWELVE_CHAINS(__m512, _mm512_setzero_ps(), FMA)
  return Operations(iterations, 16 * 2);
}

double Bf16(long iterations) {
  const __m512i a = _mm512_set1_epi16(0x3A80);  // about 1e-3
  TWELVE_CHAINS(__m512, _mm512_setzero_ps(), DOT_BF16)
  return Operations(iterations, 32 * 2);
}

double Int8Quads(long iterations) {
  const __m512i a = _mm512_set1_epi8(3);
  TWELVE_CHAINS(__m512i, _mm512_setzero_si512(), DOT_INT8)
  return Operations(iterations, 64 * 2);
}

double Int8Pairs(long iterations) {
  const __m512i a = _mm512_set1_epi8(3);
  TWELVE_CHAINS(__m512i, _mm512_setzero_si512(), MADD)
  return Operations(iterations, 32 * 2);
}

}  // namespace

const PeakTable kAvx512PeakTable = {.kernel_table = "avx512",
                                    .fp32 = Fp32,
                                    .bf16 = nullptr,
                                    .int8 = Int8Pairs,
                                    .fp32_instructions = "vfmadd231ps zmm",
                                    .bf16_instructions = nullptr,
                                    .int8_instructions = "vpmaddwd + vpaddd zmm"};

const PeakTable kAvx512Bf16PeakTable = {.kernel_table = "avx512_bf16",
                                        .fp32 = Fp32,
                                        .bf16 = Bf16,
                                        .int8 = Int8Quads,
                                        .fp32_instructions = "vfmadd231ps zmm",
                                        .bf16_instructions = "vdpbf16ps",
                                        .int8_instructions = "vpdpbusd"};

}  // namespace shoal
