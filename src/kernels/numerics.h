// The sequence of IEEE operations behind exp2, GELU and every sum: the one place of constants and
// order. No estimates, no scalef, no library function, so that any vector width gives the same
// bits.
//
// `Isa` is the vector of one instruction set: F (kWidth floats), I (kWidth ints), kPanels (side by
// side in a tile), Load, Store, Set1, Fma, Max, MaxOfLanes, Sum16, TransposeKeys; and for int8
// kInt8Layout, Q (of an activation), kOffset (of it), RotateLanes, LargestLane, StoreLow,
// LoadWeights, SetGroup, AddPairs or AddQuads; for bf16 NarrowToBf16, DotBf16. Anonymous on
// purpose: each file that includes this keeps its own copy, compiled for its own instruction set.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SHOAL_INLINE [[gnu::always_inline]] inline
#define SHOAL_UNROLL _Pragma("GCC unroll 16")

namespace shoal {
namespace {

// 1.5·2^23: a sum with it is rounded to an integer, nearest even, which is in its low bits.
constexpr float kRound = 12582912.0f;

template <class Isa>
SHOAL_INLINE typename Isa::I BitsOf(typename Isa::F v) {
  return __builtin_bit_cast(typename Isa::I, v);
}

template <class Isa>
SHOAL_INLINE typename Isa::F FloatsOf(typename Isa::I v) {
  return __builtin_bit_cast(typename Isa::F, v);
}

// The larger of each lane and |v|. Compared as integers, where an infinity and then a NaN are above
// all numbers.
template <class Isa>
SHOAL_INLINE typename Isa::I LargerOf(typename Isa::I largest, typename Isa::F v) {
  const typename Isa::I sign_off = 0x7fffffff - typename Isa::I{};
  const typename Isa::I magnitude = BitsOf<Isa>(v) & sign_off;
  return magnitude > largest ? magnitude : largest;
}

// The factor that takes what is at most `largest` (float bits in each lane) to at most `levels`.
template <class Isa>
SHOAL_INLINE float ScaleTo(float levels, typename Isa::I largest) {
  const float top = __builtin_bit_cast(float, Isa::LargestLane(largest));
  return levels / (top < 1e-9f ? 1e-9f : top);
}

// N vectors at once, step by step: while one vector waits for its last step, the others take
// theirs. Chains as long as these are beyond what a core reorders by itself.
template <class Isa, int N>
struct Lanes {
  using F = typename Isa::F;
  F v[N];

  SHOAL_INLINE F& operator[](int i) { return v[i]; }
  SHOAL_INLINE const F& operator[](int i) const { return v[i]; }
};

#define SHOAL_EACH SHOAL_UNROLL for (int i = 0; i < N; ++i)

// p = p·x + c, for each.
template <class Isa, int N>
SHOAL_INLINE void Horner(Lanes<Isa, N>& p, const Lanes<Isa, N>& x, float c) {
  SHOAL_EACH p[i] = Isa::Fma(p[i], x[i], Isa::Set1(c));
}

// 2^t for t <= 0, to 2e-7. Below -120 clamped, so every result is a normal number.
template <class Isa, int N>
SHOAL_INLINE Lanes<Isa, N> Exp2(Lanes<Isa, N> t) {
  const auto magic = Isa::Set1(kRound);
  Lanes<Isa, N> rounded, f, p;
  SHOAL_EACH t[i] = Isa::Max(t[i], Isa::Set1(-120.0f));
  SHOAL_EACH rounded[i] = t[i] + magic;
  SHOAL_EACH f[i] = t[i] - (rounded[i] - magic);
  SHOAL_EACH p[i] = Isa::Set1(0.00132764718f);
  Horner(p, f, 0.00967554133f);
  Horner(p, f, 0.0555071327f);
  Horner(p, f, 0.240221197f);
  Horner(p, f, 0.693146967f);
  Horner(p, f, 1.00000007f);
  SHOAL_EACH p[i] = FloatsOf<Isa>(BitsOf<Isa>(p[i]) + (BitsOf<Isa>(rounded[i]) << 23));
  return p;
}

// x·Φ(x) with erf by Abramowitz and Stegun 7.1.26; error 3.7e-7.
template <class Isa, int N>
SHOAL_INLINE void GeluErf(Lanes<Isa, N>& x) {
  const typename Isa::I sign_off = 0x7fffffff - typename Isa::I{};
  Lanes<Isa, N> a, t, p, e;
  SHOAL_EACH a[i] = FloatsOf<Isa>(BitsOf<Isa>(x[i]) & sign_off) * Isa::Set1(0.70710678f);
  SHOAL_EACH t[i] = Isa::Set1(1.0f) / Isa::Fma(a[i], Isa::Set1(0.3275911f), Isa::Set1(1.0f));
  SHOAL_EACH e[i] = a[i] * a[i] * Isa::Set1(-1.44269504f);
  e = Exp2(e);
  SHOAL_EACH p[i] = Isa::Set1(1.061405429f);
  Horner(p, t, -1.453152027f);
  Horner(p, t, 1.421413741f);
  Horner(p, t, -0.284496736f);
  Horner(p, t, 0.254829592f);
  SHOAL_EACH p[i] = p[i] * t[i];
  SHOAL_EACH p[i] = p[i] * e[i] * Isa::Set1(0.5f);
  SHOAL_EACH x[i] = x[i] * (x[i] >= Isa::Set1(0.0f) ? Isa::Set1(1.0f) - p[i] : p[i]);
}

// GELU as x·(0.5 + y·q(y²)), y = x clamped to ±bound: cheaper than by erf, for operands that are
// narrower than fp32 anyway.
template <int T>
struct GeluFit {
  float bound;
  float q[T];  // the highest power first
};

// Error 7.5e-5.
constexpr GeluFit<9> kGeluOfBf16 = {
    4.25f,
    {4.54708796e-11f, -4.51531567e-09f, 1.98616288e-07f, -5.14752079e-06f, 8.84892118e-05f,
     -0.00107907839f, 0.00971878013f, -0.0661902831f, 0.39881922f}};

// Error 5.9e-4.
constexpr GeluFit<6> kGeluOfInt8 = {3.8f,
                                    {-4.41382153e-07f, 2.50224478e-05f, -0.000591165702f,
                                     0.00768264617f, -0.0621401801f, 0.396094306f}};

template <class Isa, int N, int T>
SHOAL_INLINE void GeluPolynomial(Lanes<Isa, N>& x, const GeluFit<T>& fit) {
  const auto bound = Isa::Set1(fit.bound);
  Lanes<Isa, N> y, t, q;
  SHOAL_EACH y[i] = Isa::Max(x[i] < bound ? x[i] : bound, Isa::Set1(-fit.bound));
  SHOAL_EACH t[i] = y[i] * y[i];
  SHOAL_EACH q[i] = Isa::Set1(fit.q[0]);
  SHOAL_UNROLL for (int k = 1; k < T; ++k) Horner(q, t, fit.q[k]);
  SHOAL_EACH x[i] = x[i] * Isa::Fma(y[i], q[i], Isa::Set1(0.5f));
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

}  // namespace
}  // namespace shoal
