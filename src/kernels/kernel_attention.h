// Self-attention of one item, a head at a time: scores, softmax, weighted sum of the values. One
// body for any vector width (`Isa`, see numerics.h) and for the operands of any precision (`Of`).
//
// A word is what a lane of 32 bits multiplies: one fp32 number, or a pair of 16-bit numbers, that
// of the even index below. `Of` says which: Word, Sum (a vector of sums), kGroup (numbers in a
// word), Load, Broadcast, Dot, Score (of a sum), Output (of a sum), PutWeights; of pairs also
// kIsScaled and Narrow.
#pragma once

#include "kernels/kernel_body.h"

namespace shoal {
namespace {

template <class Isa>
struct Fp32Operands {
  using F = typename Isa::F;
  using Word = float;
  using Sum = F;
  static constexpr size_t kGroup = 1;

  SHOAL_INLINE static F Load(const float* p) { return Isa::Load(p); }
  SHOAL_INLINE static F Broadcast(const float* p) { return Isa::Set1(*p); }
  SHOAL_INLINE static F Dot(F a, F b, F sum) { return Isa::Fma(a, b, sum); }
  SHOAL_INLINE static F Score(F sum, float) { return sum; }
  SHOAL_INLINE static F Output(F sum) { return sum; }
  // Stores the weights of kWidth keys into their row; returns them as their sum shall count them.
  SHOAL_INLINE static F PutWeights(float* row, size_t key, F weights) {
    Isa::Store(row + key, weights);
    return weights;
  }
};

// What operands of pairs have in common.
template <class Isa>
struct PairOperands {
  using I = typename Isa::I;
  using Word = int32_t;
  static constexpr size_t kGroup = 2;

  SHOAL_INLINE static I Load(const int32_t* p) {
    I words;
    __builtin_memcpy(&words, p, sizeof words);
    return words;
  }
  SHOAL_INLINE static I Broadcast(const int32_t* p) { return *p - I{}; }
  // The low halves of kWidth numbers, from number `at` of a row on.
  SHOAL_INLINE static void StoreHalves(int32_t* row, size_t at, I numbers) {
    Isa::StoreLow(reinterpret_cast<int16_t*>(row) + at, numbers);
  }
};

// bf16; Isa::NarrowToBf16 rounds, Isa::DotBf16 adds the odd, then the even product.
template <class Isa>
struct Bf16Operands : PairOperands<Isa> {
  using F = typename Isa::F;
  using I = typename Isa::I;
  using Sum = F;
  static constexpr bool kIsScaled = false;

  SHOAL_INLINE static I Narrow(F v, float) { return Isa::NarrowToBf16(v); }
  SHOAL_INLINE static F Dot(I a, I b, F sum) { return Isa::DotBf16(a, b, sum); }
  SHOAL_INLINE static F Score(F sum, float) { return sum; }
  SHOAL_INLINE static F Output(F sum) { return sum; }
  SHOAL_INLINE static F PutWeights(int32_t* row, size_t key, F weights) {
    Bf16Operands::StoreHalves(row, key, Isa::NarrowToBf16(weights));
    return weights;
  }
};

// Integers of 16 bits, scaled by head; the sums are exact: 64 · 4095² and 512 · 8191 · 511 are
// below 2^31, and 512 · 8191 is below 2^24.
template <class Isa>
struct Int16Operands : PairOperands<Isa> {
  using F = typename Isa::F;
  using I = typename Isa::I;
  using Sum = I;
  static constexpr bool kIsScaled = true;
  static constexpr float kQueryLevels = 4095;  // of keys too
  static constexpr float kWeightLevels = 8191;
  static constexpr float kValueLevels = 511;

  SHOAL_INLINE static I Narrow(F v, float scale) {
    return BitsOf<Isa>(Isa::Fma(v, Isa::Set1(scale), Isa::Set1(kRound)));
  }
  SHOAL_INLINE static I Dot(I a, I b, I sum) { return Isa::AddPairs(a, b, sum); }
  SHOAL_INLINE static F Score(I sum, float factor) {
    return __builtin_convertvector(sum, F) * Isa::Set1(factor);
  }
  SHOAL_INLINE static F Output(I sum) { return __builtin_convertvector(sum, F); }
  SHOAL_INLINE static F PutWeights(int32_t* row, size_t key, F weights) {
    const F rounded = Isa::Fma(weights, Isa::Set1(kWeightLevels), Isa::Set1(kRound));
    Int16Operands::StoreHalves(row, key, BitsOf<Isa>(rounded));
    return rounded - Isa::Set1(kRound);
  }
};

// One head of one item while its queries go by. A row is the distance from one token to the next.
template <class Of>
struct Head {
  using Word = typename Of::Word;
  size_t length;
  size_t padded;        // length rounded up to 16
  size_t key_stride;    // padded + 16: a power of two would put all rows into the same cache sets
  const Word* queries;  // [length][head_dim / kGroup]
  size_t query_row;
  Word* keys;     // [head_dim / kGroup][key_stride], transposed, 0 beyond length
  Word* values;   // [length / kGroup][head_dim]: of pairs one dimension of two tokens
  float* scores;  // [6][padded]
  Word* weights;  // [6][padded / kGroup]; of fp32 the scores
  size_t weights_row;
  Word* narrow;    // of pairs: room for the queries
  float* context;  // [length][head_dim]
  size_t context_row;
  float score_factor;  // of scaled operands: a score is the sum times it
  float value_factor;  // and an output
};

// Blocks of 16 keys, or of 16 dimensions of the values, that one pass of the attention takes.
template <class Isa>
inline constexpr size_t kBlocks = Isa::kPanels > 1 ? 2 : 1;

// Adds to sum[i][j] the products of `count` left words of row i, one after the other, with as many
// rows of V vectors of right words. The R left rows are left_row apart, the right ones right_row.
template <class Isa, class Of, int R, size_t V>
SHOAL_INLINE void AddProducts(const typename Of::Word* left, size_t left_row,
                              const typename Of::Word* right, size_t right_row, size_t count,
                              typename Of::Sum (&sum)[R][V]) {
  // Not written out, which the compiler does with 16 steps: it runs out of registers then.
  _Pragma("GCC unroll 1") for (size_t k = 0; k < count; ++k, right += right_row) {
    decltype(Of::Load(right)) b[V];
    SHOAL_UNROLL for (size_t j = 0; j < V; ++j) b[j] = Of::Load(right + size_t{Isa::kWidth} * j);
    SHOAL_UNROLL for (int i = 0; i < R; ++i) {
      const auto a = Of::Broadcast(left + static_cast<size_t>(i) * left_row + k);
      SHOAL_UNROLL for (size_t j = 0; j < V; ++j) sum[i][j] = Of::Dot(a, b[j], sum[i][j]);
    }
  }
}

// scores[i][key] = sum over d of q[i][d] · k[key][d], d in sequence from 0; from `key` on, as long
// as B blocks are left. Returns the first key not done.
template <class Isa, class Of, int D, int R, size_t B>
SHOAL_INLINE size_t Scores(const Head<Of>& head, size_t row, size_t key) {
  constexpr size_t V = B * kVectors<Isa>;
  for (; key + 16 * B <= head.padded; key += 16 * B) {
    typename Of::Sum sum[R][V] = {};
    AddProducts<Isa, Of, R, V>(head.queries + row * head.query_row, head.query_row, head.keys + key,
                               head.key_stride, D / Of::kGroup, sum);
    SHOAL_UNROLL for (int i = 0; i < R; ++i) {
      float* to = head.scores + static_cast<size_t>(i) * head.padded + key;
      SHOAL_UNROLL for (size_t j = 0; j < V; ++j) {
        Isa::Store(to + size_t{Isa::kWidth} * j, Of::Score(sum[i][j], head.score_factor));
      }
    }
  }
  return key;
}

// The weights exp2(score - max) of R rows of scores; share[i] is 1 / the sum of row i.
template <class Isa, class Of, int R>
SHOAL_INLINE void Softmax(const Head<Of>& head, float* share) {
  constexpr int W = Isa::kWidth;
  constexpr int V = kVectors<Isa>;
  constexpr int N = R;
  using F = typename Isa::F;
  const size_t padded = head.padded;
  const auto at = [&](int i, size_t key) {
    return head.scores + static_cast<size_t>(i) * padded + key;
  };
  Lanes<Isa, N> top, e;
  F part[N][V];
  SHOAL_EACH {
    for (size_t key = head.length; key < padded; ++key) *at(i, key) = -1e30f;
    top[i] = Isa::Load(at(i, 0));
  }
  for (size_t key = W; key < padded; key += W) {
    SHOAL_EACH top[i] = Isa::Max(top[i], Isa::Load(at(i, key)));
  }
  SHOAL_EACH {
    top[i] = Isa::Set1(Isa::MaxOfLanes(top[i]));
    SHOAL_UNROLL for (int j = 0; j < V; ++j) part[i][j] = Isa::Set1(0.0f);
  }
  for (size_t key = 0; key < padded; key += 16) {
    SHOAL_UNROLL for (int j = 0; j < V; ++j) {
      const size_t of = key + static_cast<size_t>(W * j);
      SHOAL_EACH e[i] = Isa::Load(at(i, of)) - top[i];
      e = Exp2(e);
      SHOAL_EACH part[i][j] =
          part[i][j] +
          Of::PutWeights(head.weights + static_cast<size_t>(i) * head.weights_row, of, e[i]);
    }
  }
  SHOAL_EACH share[i] = 1.0f / Isa::Sum16(part[i]);
}

// The context of R queries.
template <class Isa, class Of, int D>
struct AttentionRows {
  const Head<Of>& head;
  template <int R>
  SHOAL_INLINE void Run(size_t row) const {
    constexpr size_t V = kBlocks<Isa> * kVectors<Isa>;
    const size_t rest = Scores<Isa, Of, D, R, kBlocks<Isa>>(head, row, 0);
    if constexpr (1 < kBlocks<Isa>) Scores<Isa, Of, D, R, 1>(head, row, rest);
    float share[R];
    Softmax<Isa, Of, R>(head, share);
    for (size_t d = 0; d < D; d += 16 * kBlocks<Isa>) {
      typename Of::Sum sum[R][V] = {};
      AddProducts<Isa, Of, R, V>(head.weights, head.weights_row, head.values + d, D,
                                 (head.length + Of::kGroup - 1) / Of::kGroup, sum);
      SHOAL_UNROLL for (int i = 0; i < R; ++i) {
        const auto factor = Isa::Set1(share[i] * head.value_factor);
        float* to = head.context + (row + static_cast<size_t>(i)) * head.context_row + d;
        SHOAL_UNROLL for (size_t j = 0; j < V; ++j) {
          Isa::Store(to + size_t{Isa::kWidth} * j, Of::Output(sum[i][j]) * factor);
        }
      }
    }
  }
};

// Rows of D floats as rows of D halves.
template <class Isa, class Of, int D>
SHOAL_INLINE void NarrowRows(const float* x, size_t row, size_t length, float scale,
                             int32_t* words) {
  for (size_t t = 0; t < length; ++t, x += row, words += D / 2) {
    SHOAL_UNROLL for (size_t d = 0; d < D; d += Isa::kWidth) {
      Of::StoreHalves(words, d, Of::Narrow(Isa::Load(x + d), scale));
    }
  }
}

// Each dimension of two tokens in one word; the last of an odd length beside 0.
template <class Isa, class Of, int D>
SHOAL_INLINE void PairRows(const float* x, size_t row, size_t length, float scale, int32_t* words) {
  using I = typename Isa::I;
  const I low = 0xffff - I{};
  for (size_t t = 0; t < length; t += 2, x += 2 * row, words += D) {
    SHOAL_UNROLL for (size_t d = 0; d < D; d += Isa::kWidth) {
      const I even = Of::Narrow(Isa::Load(x + d), scale);
      const I odd = t + 1 < length ? Of::Narrow(Isa::Load(x + row + d), scale) : I{};
      const I pair = (even & low) | (odd << 16);
      __builtin_memcpy(words + d, &pair, sizeof pair);
    }
  }
}

// The factor that takes rows of D floats to integers of at most `levels`.
template <class Isa, int D>
SHOAL_INLINE float ScaleOfRows(const float* x, size_t row, size_t length, float levels) {
  typename Isa::I largest = {};
  for (size_t t = 0; t < length; ++t, x += row) {
    SHOAL_UNROLL for (size_t d = 0; d < D; d += Isa::kWidth) {
      largest = LargerOf<Isa>(largest, Isa::Load(x + d));
    }
  }
  return ScaleTo<Isa>(levels, largest);
}

// Puts a head's keys, values and queries, rows of D floats at q + dim, q + 2 dim and q, into the
// scratch as the products read them.
template <class Isa, class Of, int D>
SHOAL_INLINE void Pack(const float* q, size_t dim, Head<Of>& head) {
  const size_t row = 3 * dim;
  const float* k = q + dim;
  const float* v = q + 2 * dim;
  if constexpr (Of::kGroup == 1) {
    Isa::template TransposeKeys<D>(k, row, head.length, head.padded, head.keys, head.key_stride);
    for (size_t t = 0; t < head.length; ++t) {
      __builtin_memcpy(head.values + t * D, v + t * row, D * sizeof(float));
    }
    head.queries = q;
    head.query_row = row;
  } else {
    float scale[3] = {1.0f, 1.0f, 1.0f};  // of queries, keys, values
    if constexpr (Of::kIsScaled) {
      scale[0] = ScaleOfRows<Isa, D>(q, row, head.length, Of::kQueryLevels);
      scale[1] = ScaleOfRows<Isa, D>(k, row, head.length, Of::kQueryLevels);
      scale[2] = ScaleOfRows<Isa, D>(v, row, head.length, Of::kValueLevels);
      head.score_factor = 1.0f / scale[0] * (1.0f / scale[1]);
      head.value_factor = 1.0f / scale[2];
    }
    // The narrow keys are transposed from where the queries will be.
    NarrowRows<Isa, Of, D>(k, row, head.length, scale[1], head.narrow);
    Isa::template TransposeKeys<D / 2>(reinterpret_cast<const float*>(head.narrow), D / 2,
                                       head.length, head.padded,
                                       reinterpret_cast<float*>(head.keys), head.key_stride);
    NarrowRows<Isa, Of, D>(q, row, head.length, scale[0], head.narrow);
    PairRows<Isa, Of, D>(v, row, head.length, scale[2], head.values);
    head.queries = head.narrow;
    head.query_row = D / 2;
  }
}

// The first head, its scratch laid out: keys, values, scores; of pairs also weights and queries.
template <class Of, int D>
SHOAL_INLINE Head<Of> FirstHead(const AttentionArgs& args) {
  using Word = typename Of::Word;
  const size_t padded = (args.length + 15) / 16 * 16;
  Head<Of> head = {};
  head.length = args.length;
  head.padded = padded;
  head.key_stride = padded + 16;
  head.keys = reinterpret_cast<Word*>(args.scratch);
  head.values = head.keys + D / Of::kGroup * head.key_stride;
  Word* const after = head.values + padded / Of::kGroup * D;
  head.scores = reinterpret_cast<float*>(after);
  head.weights = Of::kGroup == 1 ? after : after + kTileRows * padded;
  head.weights_row = padded / Of::kGroup;
  head.narrow = head.weights + kTileRows * head.weights_row;
  head.context = args.context;
  head.context_row = args.heads * D;
  head.score_factor = 1.0f;
  head.value_factor = 1.0f;
  return head;
}

template <class Isa, class Of, int D>
[[gnu::noinline]] void AttentionOfHeads(const AttentionArgs& args) {
  Head<Of> head = FirstHead<Of, D>(args);
  for (size_t h = 0; h < args.heads; ++h, head.context += D) {
    Pack<Isa, Of, D>(args.qkv + h * D, args.heads * D, head);
    ForRowTiles(args.length, AttentionRows<Isa, Of, D>{head});
  }
}

template <class Isa, class Of = Fp32Operands<Isa>>
void Attention(const AttentionArgs& args) {
  if (args.head_dim == 32) {
    AttentionOfHeads<Isa, Of, 32>(args);
  } else {
    AttentionOfHeads<Isa, Of, 64>(args);
  }
}

}  // namespace
}  // namespace shoal
