// Chains that do not wait for one another, as many as hide the latency; in assembly, so that the
// compiler neither spills nor folds them.
#include <immintrin.h>

#include "bench/peak.h"

#define FMA(sum) asm volatile("vfmadd231ps %1, %1, %0" : "+x"(sum) : "x"(a));
#define MADD(sum)                                                                                  \
  {                                                                                                \
    __m256i product;                                                                               \
    asm volatile("vpmaddwd %2, %2, %1\n\tvpaddd %1, %0, %0" : "+x"(sum), "=&x"(product) : "x"(a)); \
  }

namespace shoal {
namespace {

double Fp32(long iterations) {
  const __m256 a = _mm256_set1_ps(1e-3f);
  __m256 s0 = _mm256_setzero_ps();
  __m256 s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0, s8 = s0, s9 = s0, s10 = s0;
  __m256 s11 = s0;
  for (long i = 0; i < iterations; ++i) {
    FMA(s0)
    FMA(s1) FMA(s2) FMA(s3) FMA(s4) FMA(s5) FMA(s6) FMA(s7) FMA(s8) FMA(s9) FMA(s10) FMA(s11)
  }
  return 12.0 * 8 * 2 * static_cast<double>(iterations);
}

double Int8(long iterations) {
  const __m256i a = _mm256_set1_epi8(3);
  __m256i s0 = _mm256_setzero_si256();
  __m256i s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  for (long i = 0; i < iterations; ++i) {
    MADD(s0) MADD(s1) MADD(s2) MADD(s3) MADD(s4) MADD(s5) MADD(s6) MADD(s7)
  }
  return 8.0 * 16 * 2 * static_cast<double>(iterations);
}

}  // namespace

const PeakTable kAvx2PeakTable = {.kernel_table = "avx2",
                                  .fp32 = Fp32,
                                  .bf16 = nullptr,
                                  .int8 = Int8,
                                  .fp32_instructions = "vfmadd231ps",
                                  .bf16_instructions = nullptr,
                                  .int8_instructions = "vpmaddwd + vpaddd"};

}  // namespace shoal
