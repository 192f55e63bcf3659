// The vector of AVX-512 (F, BW, DQ, VL) for the bodies of kernel_body.h and kernel_int8.h: one
// register per panel row and four panels side by side, so that a tile has 24 accumulators of the 32
// registers. Anonymous, as numerics.h.
#pragma once

#include <immintrin.h>

#include "kernels/kernel_attention.h"
#include "kernels/kernel_int8.h"

namespace shoal {
namespace {

struct Avx512 {
  static constexpr int kWidth = 16;
  static constexpr int kPanels = 4;
  static constexpr Int8Layout kInt8Layout = Int8Layout::kPairs;
  static constexpr float kOffset = 0;
  typedef int16_t Q;
  typedef float F __attribute__((vector_size(64)));
  typedef int32_t I __attribute__((vector_size(64)));

  SHOAL_INLINE static F Load(const float* p) { return _mm512_loadu_ps(p); }
  SHOAL_INLINE static void Store(float* p, F v) { _mm512_storeu_ps(p, v); }
  SHOAL_INLINE static F Set1(float v) { return _mm512_set1_ps(v); }
  SHOAL_INLINE static F Fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
  SHOAL_INLINE static F Max(F a, F b) { return _mm512_max_ps(a, b); }

  SHOAL_INLINE static float MaxOfLanes(F v) {
    const __m256 half = _mm256_max_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
    __m128 a = _mm_max_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    a = _mm_max_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_max_ss(a, _mm_movehdup_ps(a)));
  }

  SHOAL_INLINE static float Sum16(const F* partial) {
    const __m256 v =
        _mm256_add_ps(_mm512_castps512_ps256(*partial), _mm512_extractf32x8_ps(*partial, 1));
    __m128 a = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    a = _mm_add_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_add_ss(a, _mm_movehdup_ps(a)));
  }

  // to[d][key] = keys[key][d], 0 for keys in [length, padded).
  template <int D>
  SHOAL_INLINE static void TransposeKeys(const float* keys, size_t row, size_t length,
                                         size_t padded, float* to, size_t stride) {
    for (size_t key = 0; key < padded; key += 16) {
      const size_t count = key < length ? length - key : 0;
      for (size_t d = 0; d < D; d += 16) {
        Transpose16(keys + key * row + d, row, count, to + d * stride + key, stride);
      }
    }
  }

  // 16 keys by 16 dimensions; keys from `count` on are 0 and not read.
  SHOAL_INLINE static void Transpose16(const float* from, size_t row, size_t count, float* to,
                                       size_t stride) {
    F r[16];
    F t[16];
    SHOAL_UNROLL for (size_t i = 0; i < 16; ++i) r[i] = i < count ? Load(from + i * row) : F{};
    SHOAL_UNROLL for (int i = 0; i < 16; i += 2) {  // pairs of keys
      t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
      t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
    SHOAL_UNROLL for (int i = 0; i < 16; i += 4) {  // fours of keys; r[i + j]: d % 4 == j
      r[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
      r[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xEE);
      r[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
      r[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xEE);
    }
    SHOAL_UNROLL for (int j = 0; j < 4;
                      ++j) {  // quarters d / 4 of the fours j, 4 + j, 8 + j, 12 + j
      const F even = _mm512_shuffle_f32x4(r[j], r[4 + j], 0x88);
      const F odd = _mm512_shuffle_f32x4(r[j], r[4 + j], 0xDD);
      const F even_above = _mm512_shuffle_f32x4(r[8 + j], r[12 + j], 0x88);
      const F odd_above = _mm512_shuffle_f32x4(r[8 + j], r[12 + j], 0xDD);
      t[j] = _mm512_shuffle_f32x4(even, even_above, 0x88);
      t[4 + j] = _mm512_shuffle_f32x4(odd, odd_above, 0x88);
      t[8 + j] = _mm512_shuffle_f32x4(even, even_above, 0xDD);
      t[12 + j] = _mm512_shuffle_f32x4(odd, odd_above, 0xDD);
    }
    SHOAL_UNROLL for (size_t i = 0; i < 16; ++i) Store(to + i * stride, t[i]);
  }

  // Strides 8, 4, 2, 1. Times -1 and added is the difference, rounded once.
  SHOAL_INLINE static F RotateLanes(F v) {
    constexpr F sign8 = {1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1};
    constexpr F sign4 = {1, 1, 1, 1, -1, -1, -1, -1, 1, 1, 1, 1, -1, -1, -1, -1};
    constexpr F sign2 = {1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1};
    constexpr F sign1 = {1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1};
    v = Fma(v, sign8, _mm512_shuffle_f32x4(v, v, 0x4E));
    v = Fma(v, sign4, _mm512_shuffle_f32x4(v, v, 0xB1));
    v = Fma(v, sign2, _mm512_permute_ps(v, 0x4E));
    return Fma(v, sign1, _mm512_permute_ps(v, 0xB1));
  }

  SHOAL_INLINE static int32_t LargestLane(I v) {
    return _mm512_reduce_max_epi32(reinterpret_cast<__m512i>(v));
  }
  // By intrinsics: of __builtin_convertvector g++ 12 makes one instruction for each lane.
  SHOAL_INLINE static void StoreLow(int16_t* to, I v) {
    const __m256i low = _mm512_cvtepi32_epi16(reinterpret_cast<__m512i>(v));
    __builtin_memcpy(to, &low, sizeof low);
  }

  SHOAL_INLINE static I LoadWeights(const int8_t* p) {
    return reinterpret_cast<I>(
        _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))));
  }
  SHOAL_INLINE static I SetGroup(const int16_t* p) {
    int32_t pair;
    __builtin_memcpy(&pair, p, sizeof pair);
    return reinterpret_cast<I>(_mm512_set1_epi32(pair));
  }
  SHOAL_INLINE static I AddPairs(I a, I b, I sum) {
    return sum + reinterpret_cast<I>(
                     _mm512_madd_epi16(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
  }
};

}  // namespace
}  // namespace shoal
