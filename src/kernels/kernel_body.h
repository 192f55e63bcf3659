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

// Two passes: the mean, then the squares of what differs from it. R rows in lockstep: each sum is a
// chain in which every addition waits for the one before.
template <class Isa>
struct LayerNormRows {
  const LayerNormArgs& args;
  template <int R>
  SHOAL_INLINE void Run(size_t row) const {
    constexpr int W = Isa::kWidth;
    constexpr int V = kVectors<Isa>;
    constexpr int N = R;
    using F = typename Isa::F;
    const float share = 1.0f / static_cast<float>(args.dim);
    float* const x = args.x + row * args.dim;
    const auto at = [&](int i, size_t d) { return x + static_cast<size_t>(i) * args.dim + d; };
    F part[N][V] = {};
    for (size_t d = 0; d < args.dim; d += 16) {
      SHOAL_UNROLL for (size_t j = 0; j < V; ++j) {
        SHOAL_EACH part[i][j] = part[i][j] + Isa::Load(at(i, d + W * j));
      }
    }
    Lanes<Isa, N> mean, scale;
    SHOAL_EACH mean[i] = Isa::Set1(Isa::Sum16(part[i]) * share);
    SHOAL_EACH { SHOAL_UNROLL for (int j = 0; j < V; ++j) part[i][j] = Isa::Set1(0.0f); }
    for (size_t d = 0; d < args.dim; d += 16) {
      SHOAL_UNROLL for (size_t j = 0; j < V; ++j) {
        SHOAL_EACH {
          const F off = Isa::Load(at(i, d + W * j)) - mean[i];
          part[i][j] = Isa::Fma(off, off, part[i][j]);
        }
      }
    }
    SHOAL_EACH {
      scale[i] = Isa::Set1(1.0f / __builtin_sqrtf(Isa::Sum16(part[i]) * share + args.epsilon));
    }
    for (size_t d = 0; d < args.dim; d += W) {
      const F gain = Isa::Load(args.gain + d);
      const F bias = Isa::Load(args.bias + d);
      SHOAL_EACH {
        Isa::Store(at(i, d), Isa::Fma((Isa::Load(at(i, d)) - mean[i]) * scale[i], gain, bias));
      }
    }
  }
};

template <class Isa>
void LayerNorm(const LayerNormArgs& args) {
  ForRowTiles(args.rows, LayerNormRows<Isa>{args});
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
