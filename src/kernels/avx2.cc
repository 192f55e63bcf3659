// The table for AVX2 + FMA: two registers of 8 floats per panel row, 12 accumulators in a tile.
#include <immintrin.h>

#include "kernels/kernel_attention.h"
#include "kernels/kernel_int8.h"
#include "kernels/tables.h"

namespace shoal {
namespace {

struct Avx2 {
  static constexpr int kWidth = 8;
  static constexpr int kPanels = 1;
  static constexpr Int8Layout kInt8Layout = Int8Layout::kPairs;
  static constexpr float kOffset = 0;
  typedef int16_t Q;
  typedef float F __attribute__((vector_size(32)));
  typedef int32_t I __attribute__((vector_size(32)));

  SHOAL_INLINE static F Load(const float* p) { return _mm256_loadu_ps(p); }
  SHOAL_INLINE static void Store(float* p, F v) { _mm256_storeu_ps(p, v); }
  SHOAL_INLINE static F Set1(float v) { return _mm256_set1_ps(v); }
  SHOAL_INLINE static F Fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
  SHOAL_INLINE static F Max(F a, F b) { return _mm256_max_ps(a, b); }

  SHOAL_INLINE static float MaxOfLanes(F v) {
    __m128 a = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    a = _mm_max_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_max_ss(a, _mm_movehdup_ps(a)));
  }

  SHOAL_INLINE static float Sum16(const F* partial) {
    const F v = partial[0] + partial[1];
    __m128 a = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    a = _mm_add_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_add_ss(a, _mm_movehdup_ps(a)));
  }

  // to[d][key] = keys[key][d], 0 for keys in [length, padded).
  template <int D>
  SHOAL_INLINE static void TransposeKeys(const float* keys, size_t row, size_t length,
                                         size_t padded, float* to, size_t stride) {
    for (size_t key = 0; key < padded; key += 8) {
      const size_t count = key < length ? length - key : 0;
      for (size_t d = 0; d < D; d += 8) {
        Transpose8(keys + key * row + d, row, count, to + d * stride + key, stride);
      }
    }
  }

  // 8 keys by 8 dimensions; keys from `count` on are 0 and not read.
  SHOAL_INLINE static void Transpose8(const float* from, size_t row, size_t count, float* to,
                                      size_t stride) {
    F r[8];
    F t[8];
    SHOAL_UNROLL for (size_t i = 0; i < 8; ++i) r[i] = i < count ? Load(from + i * row) : F{};
    SHOAL_UNROLL for (int i = 0; i < 8; i += 2) {
      t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
      t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    SHOAL_UNROLL for (int i = 0; i < 8; i += 4) {
      r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
      r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xEE);
      r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
      r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xEE);
    }
    SHOAL_UNROLL for (size_t i = 0; i < 4; ++i) {
      Store(to + i * stride, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
      Store(to + (i + 4) * stride, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
    }
  }

  // Strides 4, 2, 1. Times -1 and added is the difference, rounded once.
  SHOAL_INLINE static F RotateLanes(F v) {
    constexpr F sign4 = {1, 1, 1, 1, -1, -1, -1, -1};
    constexpr F sign2 = {1, 1, -1, -1, 1, 1, -1, -1};
    constexpr F sign1 = {1, -1, 1, -1, 1, -1, 1, -1};
    v = Fma(v, sign4, _mm256_permute2f128_ps(v, v, 1));
    v = Fma(v, sign2, _mm256_permute_ps(v, 0x4E));
    return Fma(v, sign1, _mm256_permute_ps(v, 0xB1));
  }

  SHOAL_INLINE static int32_t LargestLane(I v) {
    __m128i a = _mm_max_epi32(_mm256_castsi256_si128(reinterpret_cast<__m256i>(v)),
                              _mm256_extracti128_si256(reinterpret_cast<__m256i>(v), 1));
    a = _mm_max_epi32(a, _mm_shuffle_epi32(a, 0x4E));
    return _mm_cvtsi128_si32(_mm_max_epi32(a, _mm_shuffle_epi32(a, 0xB1)));
  }
  SHOAL_INLINE static void StoreLow(int16_t* to, I v) {
    typedef int16_t Low __attribute__((vector_size(16)));
    const Low low = __builtin_convertvector(v, Low);
    __builtin_memcpy(to, &low, sizeof low);
  }
  SHOAL_INLINE static I LoadWeights(const int8_t* p) {
    return reinterpret_cast<I>(
        _mm256_cvtepi8_epi16(_mm_load_si128(reinterpret_cast<const __m128i*>(p))));
  }
  SHOAL_INLINE static I SetGroup(const int16_t* p) {
    int32_t pair;
    __builtin_memcpy(&pair, p, sizeof pair);
    return reinterpret_cast<I>(_mm256_set1_epi32(pair));
  }
  SHOAL_INLINE static I AddPairs(I a, I b, I sum) {
    return sum + reinterpret_cast<I>(
                     _mm256_madd_epi16(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
  }
};

}  // namespace

const KernelTable kAvx2Table = {.name = "avx2",
                                .embed = Embed<Avx2>,
                                .linear = Linear<Avx2>,
                                .linear_bf16 = nullptr,
                                .bf16_is_fast = false,
                                .int8_layout = Avx2::kInt8Layout,
                                .quantize = Quantize<Avx2>,
                                .linear_int8 = Int8Linear<Avx2>,
                                .layer_norm = LayerNorm<Avx2>,
                                .attention = Attention<Avx2>,
                                .attention_bf16 = nullptr,
                                .attention_int8 = Attention<Avx2, Int16Operands<Avx2>>,
                                .pool = Pool<Avx2>};

}  // namespace shoal
