// The sequence of IEEE operations behind exp2, GELU and every sum: the one place of constants and
// order. No estimates, no scalef, no library function, so that any vector width gives the same
// bits.
//
// `Isa` is the vector of one instruction set: F (kWidth floats), I (kWidth ints), S (kWidth shorts),
// Load, Store, Set1, Fma, Max, Sum16, TransposeKeys; and for int8 RotateLanes, LoadWeights, SetPair,
// AddDot. Anonymous on purpose: each file that includes this keeps
// its own copy, compiled for its own instruction set.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SHOAL_INLINE [[gnu::always_inline]] inline

namespace shoal {
namespace {

template <class Isa>
SHOAL_INLINE typename Isa::I BitsOf(typename Isa::F v) {
  return __builtin_bit_cast(typename Isa::I, v);
}

template <class Isa>
SHOAL_INLINE typename Isa::F FloatsOf(typename Isa::I v) {
  return __builtin_bit_cast(typename Isa::F, v);
}

// 2^t for t <= 0, to 2e-7. Below -120 clamped, so every result is a normal number.
template <class Isa>
SHOAL_INLINE typename Isa::F Exp2(typename Isa::F t) {
  using F = typename Isa::F;
  t = Isa::Max(t, Isa::Set1(-120.0f));
  const F magic = Isa::Set1(12582912.0f);  // 1.5·2^23: adding it rounds to an integer, nearest even
  const F rounded = t + magic;
  const F f = t - (rounded - magic);
  F p = Isa::Set1(0.00132764718f);
  p = Isa::Fma(p, f, Isa::Set1(0.00967554133f));
  p = Isa::Fma(p, f, Isa::Set1(0.0555071327f));
  p = Isa::Fma(p, f, Isa::Set1(0.240221197f));
  p = Isa::Fma(p, f, Isa::Set1(0.693146967f));
  p = Isa::Fma(p, f, Isa::Set1(1.00000007f));
  return FloatsOf<Isa>(BitsOf<Isa>(p) + (BitsOf<Isa>(rounded) << 23));
}

// x·Φ(x) with erf by Abramowitz and Stegun 7.1.26; error 3.7e-7.
template <class Isa>
SHOAL_INLINE typename Isa::F GeluErf(typename Isa::F x) {
  using F = typename Isa::F;
  const typename Isa::I sign_off = 0x7fffffff - typename Isa::I{};
  const F a = FloatsOf<Isa>(BitsOf<Isa>(x) & sign_off) * Isa::Set1(0.70710678f);
  const F t = Isa::Set1(1.0f) / Isa::Fma(a, Isa::Set1(0.3275911f), Isa::Set1(1.0f));
  F p = Isa::Set1(1.061405429f);
  p = Isa::Fma(p, t, Isa::Set1(-1.453152027f));
  p = Isa::Fma(p, t, Isa::Set1(1.421413741f));
  p = Isa::Fma(p, t, Isa::Set1(-0.284496736f));
  p = Isa::Fma(p, t, Isa::Set1(0.254829592f));
  p = p * t;
  const F q = p * Exp2<Isa>(a * a * Isa::Set1(-1.44269504f)) * Isa::Set1(0.5f);
  return x * (x >= Isa::Set1(0.0f) ? Isa::Set1(1.0f) - q : q);
}

// x·(0.5 + y·q(y²)), y = x clamped to ±4.25: error 7.5e-5, for bf16 only.
template <class Isa>
SHOAL_INLINE typename Isa::F GeluPolynomial(typename Isa::F x) {
  using F = typename Isa::F;
  const F bound = Isa::Set1(4.25f);
  const F y = Isa::Max(x < bound ? x : bound, Isa::Set1(-4.25f));
  const F t = y * y;
  F q = Isa::Set1(4.54708796e-11f);
  q = Isa::Fma(q, t, Isa::Set1(-4.51531567e-09f));
  q = Isa::Fma(q, t, Isa::Set1(1.98616288e-07f));
  q = Isa::Fma(q, t, Isa::Set1(-5.14752079e-06f));
  q = Isa::Fma(q, t, Isa::Set1(8.84892118e-05f));
  q = Isa::Fma(q, t, Isa::Set1(-0.00107907839f));
  q = Isa::Fma(q, t, Isa::Set1(0.00971878013f));
  q = Isa::Fma(q, t, Isa::Set1(-0.0661902831f));
  q = Isa::Fma(q, t, Isa::Set1(0.39881922f));
  return x * Isa::Fma(y, q, Isa::Set1(0.5f));
}

// i+(i+8), +(i+4), +(i+2), +(i+1) of 16 partial sums.
template <class Isa>
SHOAL_INLINE float SumByHalves(const typename Isa::F* partial) {
  float t[16];
  for (int j = 0; j < 16 / Isa::kWidth; ++j) Isa::Store(t + j * Isa::kWidth, partial[j]);
  for (int half = 8; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) t[i] = t[i] + t[i + half];
  }
  return t[0];
}

template <class Isa>
SHOAL_INLINE float MaxOfLanes(typename Isa::F v) {
  float t[Isa::kWidth];
  Isa::Store(t, v);
  float largest = t[0];
  for (int i = 1; i < Isa::kWidth; ++i) largest = t[i] > largest ? t[i] : largest;
  return largest;
}

}  // namespace
}  // namespace shoal
