// One body per operation, for any vector width (`Isa`, see numerics.h). What each computes, with
// shapes: kernel_table.h.
#pragma once

#include "kernels/kernel_table.h"
#include "kernels/numerics.h"

namespace shoal {
namespace {

constexpr size_t kTileRows = 6;

template <class Isa>
inline constexpr int kVectors = 16 / Isa::kWidth;  // per panel row

// Where vector j of a row of the tile finds its weights and its columns: panels lie one after the
// other, so the vectors of a tile of several are not neighbours in memory.
template <class Isa>
SHOAL_INLINE constexpr size_t PanelOf(int j) {
  return static_cast<size_t>(j / kVectors<Isa>);
}
template <class Isa>
SHOAL_INLINE constexpr size_t WithinPanel(int j) {
  return static_cast<size_t>(j % kVectors<Isa>) * size_t{Isa::kWidth};
}

// The panels that follow those of this tile, into L2: one line of each per step.
template <int P, class T>
SHOAL_INLINE void PrefetchNext(const T* panel, size_t panel_size) {
  SHOAL_UNROLL for (size_t p = P; p < 2 * P; ++p) __builtin_prefetch(panel + p * panel_size, 0, 2);
}

// N vectors of finished sums of one row to y; `residual` is read by kResidual only.
template <class Isa, Epilogue E, int N>
SHOAL_INLINE void Finish(Lanes<Isa, N> v, const float* residual, float* y) {
  if constexpr (E == Epilogue::kGelu) GeluErf(v);
  SHOAL_EACH {
    const size_t at = size_t{Isa::kWidth} * static_cast<size_t>(i);
    if constexpr (E == Epilogue::kResidual) v[i] = v[i] + Isa::Load(residual + at);
    Isa::Store(y + at, v[i]);
  }
}

// R rows of P panels. Every element has one accumulator that starts from the bias.
template <class Isa, int R, int P, Epilogue E>
SHOAL_INLINE void LinearTile(const LinearArgs& args, size_t row, size_t column) {
  constexpr int W = Isa::kWidth;
  constexpr int V = P * kVectors<Isa>;
  using F = typename Isa::F;
  const float* x = args.x + row * args.in;
  const float* panel = args.panels + column * args.in;
  const size_t panel_size = args.in * kPanelColumns;
  Lanes<Isa, V> sum[R];
  SHOAL_UNROLL for (int i = 0; i < R; ++i) {
    SHOAL_UNROLL for (int j = 0; j < V; ++j) sum[i][j] = Isa::Load(args.bias + column + W * j);
  }
  for (size_t k = 0; k < args.in; ++k, panel += kPanelColumns) {
    PrefetchNext<P>(panel, panel_size);
    F b[V];
    SHOAL_UNROLL for (int j = 0; j < V; ++j) {
      b[j] = Isa::Load(panel + PanelOf<Isa>(j) * panel_size + WithinPanel<Isa>(j));
    }
    SHOAL_UNROLL for (int i = 0; i < R; ++i) {
      const F a = Isa::Set1(x[static_cast<size_t>(i) * args.in + k]);
      SHOAL_UNROLL for (int j = 0; j < V; ++j) sum[i][j] = Isa::Fma(a, b[j], sum[i][j]);
    }
  }
  SHOAL_UNROLL for (int i = 0; i < R; ++i) {
    const size_t at = (row + static_cast<size_t>(i)) * args.out + column;
    Finish<Isa, E>(sum[i], args.residual + at, args.y + at);
  }
}

// Calls tile.Run<R>(row) until `rows` are done: six at a time, 7 to 11 left in two even parts.
template <class Tile>
SHOAL_INLINE void ForRowTiles(size_t rows, const Tile& tile) {
  size_t row = 0;
  while (row < rows) {
    const size_t left = rows - row;
    const size_t take =
        left >= 2 * kTileRows || left <= kTileRows ? (left < kTileRows ? left : 6) : (left + 1) / 2;
    switch (take) {
      case 6:
        tile.template Run<6>(row);
        break;
      case 5:
        tile.template Run<5>(row);
        break;
      case 4:
        tile.template Run<4>(row);
        break;
      case 3:
        tile.template Run<3>(row);
        break;
      case 2:
        tile.template Run<2>(row);
        break;
      default:
        tile.template Run<1>(row);
        break;
    }
    row += take;
  }
}

// All rows of P panels at a time, by the tiles of `Rows`: from `column` on, as long as P panels are
// left. Returns the first column not done.
template <int P, class Rows, class Args>
SHOAL_INLINE size_t ForPanels(const Args& args, size_t column) {
  for (; column + P * kPanelColumns <= args.out; column += P * kPanelColumns) {
    ForRowTiles(args.rows, Rows{args, column});
  }
  return column;
}

template <class Isa, int P, Epilogue E>
struct LinearRows {
  const LinearArgs& args;
  size_t column;
  template <int R>
  SHOAL_INLINE void Run(size_t row) const {
    LinearTile<Isa, R, P, E>(args, row, column);
  }
};

template <class Isa, int P, Epilogue E>
[[gnu::noinline]] size_t LinearPanels(const LinearArgs& args, size_t column) {
  return ForPanels<P, LinearRows<Isa, P, E>>(args, column);
}

template <class Isa, Epilogue E>
SHOAL_INLINE void LinearColumns(const LinearArgs& args) {
  const size_t column = LinearPanels<Isa, Isa::kPanels, E>(args, 0);
  if constexpr (Isa::kPanels > 1) LinearPanels<Isa, 1, E>(args, column);
}

template <class Isa>
void Linear(const LinearArgs& args) {
  switch (args.epilogue) {
    case Epilogue::kNone:
      return LinearColumns<Isa, Epilogue::kNone>(args);
    case Epilogue::kGelu:
      return LinearColumns<Isa, Epilogue::kGelu>(args);
    case Epilogue::kResidual:
      return LinearColumns<Isa, Epilogue::kResidual>(args);
  }
}

template <class Isa>
void Embed(const EmbedArgs& args) {
  for (size_t t = 0; t < args.length; ++t) {
    const float* word = args.words + static_cast<size_t>(args.ids[t]) * args.dim;
    const float* position = args.positions + t * args.dim;
    float* x = args.x + t * args.dim;
    for (size_t d = 0; d < args.dim; d += Isa::kWidth) {
      Isa::Store(x + d, Isa::Load(word + d) + Isa::Load(position + d));
    }
  }
}

// Two passes: the mean, then the squares of what differs from it.
template <class Isa>
void LayerNorm(const LayerNormArgs& args) {
  constexpr int W = Isa::kWidth;
  constexpr int V = kVectors<Isa>;
  using F = typename Isa::F;
  const float share = 1.0f / static_cast<float>(args.dim);
  for (size_t t = 0; t < args.rows; ++t) {
    float* x = args.x + t * args.dim;
    F part[V];
    for (int j = 0; j < V; ++j) part[j] = Isa::Set1(0.0f);
    for (size_t d = 0; d < args.dim; d += 16) {
      SHOAL_UNROLL for (int j = 0; j < V; ++j) part[j] = part[j] + Isa::Load(x + d + W * j);
    }
    const F mean = Isa::Set1(Isa::Sum16(part) * share);
    for (int j = 0; j < V; ++j) part[j] = Isa::Set1(0.0f);
    for (size_t d = 0; d < args.dim; d += 16) {
      SHOAL_UNROLL for (int j = 0; j < V; ++j) {
        const F off = Isa::Load(x + d + W * j) - mean;
        part[j] = Isa::Fma(off, off, part[j]);
      }
    }
    const F scale = Isa::Set1(1.0f / __builtin_sqrtf(Isa::Sum16(part) * share + args.epsilon));
    for (size_t d = 0; d < args.dim; d += W) {
      Isa::Store(x + d, Isa::Fma((Isa::Load(x + d) - mean) * scale, Isa::Load(args.gain + d),
                                 Isa::Load(args.bias + d)));
    }
  }
}

// One head of one item while its queries go by.
struct Head {
  size_t length;
  size_t padded;      // length rounded up to 16
  size_t key_stride;  // padded + 16: a power of two would put all rows into the same cache sets
  const float* q;     // [length][row]
  size_t row;         // floats from one token to the next in q
  float* keys;        // [head_dim][key_stride], transposed, 0 beyond length
  float* values;      // [length][head_dim]
  float* scores;      // [6][padded]
  float* out;         // [length][out_row]
  size_t out_row;
};

// Blocks of 16 keys, or of 16 dimensions of the values, that one pass of the attention takes.
template <class Isa>
inline constexpr size_t kBlocks = Isa::kPanels > 1 ? 2 : 1;

// scores[i][key] = sum over d of q[i][d] · k[key][d], d in sequence from 0; from `key` on, as long as
// B blocks are left. Returns the first key not done.
template <class Isa, int D, int R, size_t B>
SHOAL_INLINE size_t Scores(const Head& head, const float* q, size_t key) {
  constexpr int W = Isa::kWidth;
  constexpr int V = B * kVectors<Isa>;
  using F = typename Isa::F;
  for (; key + 16 * B <= head.padded; key += 16 * B) {
    F sum[R][V];
    SHOAL_UNROLL for (int i = 0; i < R; ++i) {
      SHOAL_UNROLL for (int j = 0; j < V; ++j) sum[i][j] = Isa::Set1(0.0f);
    }
    for (size_t d = 0; d < D; ++d) {
      F b[V];
      SHOAL_UNROLL for (int j = 0; j < V; ++j) {
        b[j] = Isa::Load(head.keys + d * head.key_stride + key + W * j);
      }
      SHOAL_UNROLL for (int i = 0; i < R; ++i) {
        const F a = Isa::Set1(q[static_cast<size_t>(i) * head.row + d]);
        SHOAL_UNROLL for (int j = 0; j < V; ++j) sum[i][j] = Isa::Fma(a, b[j], sum[i][j]);
      }
    }
    SHOAL_UNROLL for (int i = 0; i < R; ++i) {
      float* to = head.scores + static_cast<size_t>(i) * head.padded + key;
      SHOAL_UNROLL for (int j = 0; j < V; ++j) Isa::Store(to + W * j, sum[i][j]);
    }
  }
  return key;
}

// Replaces R rows of scores by exp2(score - max); share[i] is 1 / the sum of row i.
template <class Isa, int R>
SHOAL_INLINE void Softmax(float* scores, size_t length, size_t padded, float* share) {
  constexpr int W = Isa::kWidth;
  constexpr int V = kVectors<Isa>;
  constexpr int N = R;
  using F = typename Isa::F;
  const auto at = [&](int i, size_t key) { return scores + static_cast<size_t>(i) * padded + key; };
  Lanes<Isa, N> top, e;
  F part[N][V];
  SHOAL_EACH {
    for (size_t key = length; key < padded; ++key) *at(i, key) = -1e30f;
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
      SHOAL_EACH {
        part[i][j] = part[i][j] + e[i];
        Isa::Store(at(i, of), e[i]);
      }
    }
  }
  SHOAL_EACH share[i] = 1.0f / Isa::Sum16(part[i]);
}

template <class Isa, int D>
struct AttentionRows {
  const Head& head;
  template <int R>
  SHOAL_INLINE void Run(size_t row) const {
    constexpr int W = Isa::kWidth;
    constexpr int V = kBlocks<Isa> * kVectors<Isa>;
    using F = typename Isa::F;
    const float* q = head.q + row * head.row;
    const size_t rest = Scores<Isa, D, R, kBlocks<Isa>>(head, q, 0);
    if constexpr (kBlocks < Isa >> 1) Scores<Isa, D, R, 1>(head, q, rest);
    float share[R];
    Softmax<Isa, R>(head.scores, head.length, head.padded, share);
    float* out = head.out + row * head.out_row;
    for (size_t d = 0; d < D; d += 16 * kBlocks<Isa>) {
      F sum[R][V];
      SHOAL_UNROLL for (int i = 0; i < R; ++i) {
        SHOAL_UNROLL for (int j = 0; j < V; ++j) sum[i][j] = Isa::Set1(0.0f);
      }
      for (size_t key = 0; key < head.length; ++key) {
        F b[V];
        SHOAL_UNROLL for (int j = 0; j < V; ++j) {
          b[j] = Isa::Load(head.values + key * D + d + W * j);
        }
        SHOAL_UNROLL for (int i = 0; i < R; ++i) {
          const F a = Isa::Set1(head.scores[static_cast<size_t>(i) * head.padded + key]);
          SHOAL_UNROLL for (int j = 0; j < V; ++j) sum[i][j] = Isa::Fma(a, b[j], sum[i][j]);
        }
      }
      SHOAL_UNROLL for (int i = 0; i < R; ++i) {
        SHOAL_UNROLL for (int j = 0; j < V; ++j) {
          Isa::Store(out + static_cast<size_t>(i) * head.out_row + d + W * j,
                     sum[i][j] * Isa::Set1(share[i]));
        }
      }
    }
  }
};

template <class Isa, int D>
[[gnu::noinline]] void AttentionOfHeads(const AttentionArgs& args) {
  const size_t dim = args.heads * D;
  const size_t row = 3 * dim;
  const size_t padded = (args.length + 15) / 16 * 16;
  const size_t key_stride = padded + 16;
  float* values = args.scratch + D * key_stride;
  for (size_t h = 0; h < args.heads; ++h) {
    const float* q = args.qkv + h * D;
    Isa::template TransposeKeys<D>(q + dim, row, args.length, padded, args.scratch, key_stride);
    for (size_t t = 0; t < args.length; ++t) {
      __builtin_memcpy(values + t * D, q + 2 * dim + t * row, D * sizeof(float));
    }
    const Head head = {.length = args.length,
                       .padded = padded,
                       .key_stride = key_stride,
                       .q = q,
                       .row = row,
                       .keys = args.scratch,
                       .values = values,
                       .scores = values + padded * D,
                       .out = args.context + h * D,
                       .out_row = dim};
    ForRowTiles(args.length, AttentionRows<Isa, D>{head});
  }
}

template <class Isa>
void Attention(const AttentionArgs& args) {
  if (args.head_dim == 32) {
    AttentionOfHeads<Isa, 32>(args);
  } else {
    AttentionOfHeads<Isa, 64>(args);
  }
}

template <class Isa>
void Pool(const PoolArgs& args) {
  constexpr int W = Isa::kWidth;
  constexpr int V = kVectors<Isa>;
  using F = typename Isa::F;
  const F share = Isa::Set1(1.0f / static_cast<float>(args.length));
  F part[V];
  for (int j = 0; j < V; ++j) part[j] = Isa::Set1(0.0f);
  for (size_t d = 0; d < args.dim; d += 16) {
    for (int j = 0; j < V; ++j) {
      const float* x = args.x + d + W * j;
      F v = args.kind == PoolKind::kMean ? Isa::Set1(0.0f) + Isa::Load(x) : Isa::Load(x);
      for (size_t t = 1; t < args.length && args.kind != PoolKind::kFirst; ++t) {
        const F next = Isa::Load(x + t * args.dim);
        v = args.kind == PoolKind::kMean ? v + next : Isa::Max(v, next);
      }
      if (args.kind == PoolKind::kMean && !args.normalize) v = v * share;
      part[j] = Isa::Fma(v, v, part[j]);
      Isa::Store(args.vector + d + W * j, v);
    }
  }
  if (!args.normalize) return;
  const F scale = Isa::Set1(1.0f / __builtin_sqrtf(Isa::Sum16(part) + 1e-24f));
  for (size_t d = 0; d < args.dim; d += W) {
    Isa::Store(args.vector + d, Isa::Load(args.vector + d) * scale);
  }
}

}  // namespace
}  // namespace shoal
