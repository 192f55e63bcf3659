// The int8 products: activations quantised per row at run time, weights per column at load, exact
// integer sums, one dequantisation. What each computes, with shapes: kernel_table.h.
//
// Rounding is to the nearest, ties to even, as the low bits of fma(v, scale, 1.5·2^23). A table
// that needs unsigned activations adds an even offset there and takes it out again with the
// columns' sums: the integers, so the bytes, stay the same.
#pragma once

#include "kernels/kernel_body.h"

namespace shoal {
namespace {

template <class F>
SHOAL_INLINE void Butterfly(F& a, F& b) {
  const F sum = a + b;
  b = a - b;
  a = sum;
}

// The butterflies of strides Half, Half/2, ... 1 in an array of Count vectors.
template <int Half, int Count, class F>
SHOAL_INLINE void Butterflies(F (&v)[Count]) {
  if constexpr (Half > 0) {
    SHOAL_UNROLL for (int i = 0; i < Count; ++i) {
      if ((i & Half) == 0) Butterfly(v[i], v[i + Half]);
    }
    Butterflies<Half / 2>(v);
  }
}

// One block times the unnormalised Hadamard matrix: strides Block/2, ... 1, in this order. Returns
// the larger of `largest` and what came out.
template <class Isa, int Block>
SHOAL_INLINE typename Isa::I Rotate(const float* x, float* to, typename Isa::I largest) {
  constexpr int W = Isa::kWidth;
  constexpr int V = kVectors<Isa>;
  constexpr int kRows = Block / 16;
  using F = typename Isa::F;
  SHOAL_UNROLL for (int j = 0; j < V; ++j) {
    F v[kRows];
    SHOAL_UNROLL for (int i = 0; i < kRows; ++i) v[i] = Isa::Load(x + 16 * i + W * j);
    Butterflies<kRows / 2>(v);
    SHOAL_UNROLL for (int i = 0; i < kRows; ++i) Isa::Store(to + 16 * i + W * j, v[i]);
  }
  SHOAL_UNROLL for (int i = 0; i < kRows; ++i) {
    F v[V];
    SHOAL_UNROLL for (int j = 0; j < V; ++j) v[j] = Isa::Load(to + 16 * i + W * j);
    Butterflies<V / 2>(v);
    SHOAL_UNROLL for (int j = 0; j < V; ++j) {
      v[j] = Isa::RotateLanes(v[j]);
      largest = LargerOf<Isa>(largest, v[j]);
      Isa::Store(to + 16 * i + W * j, v[j]);
    }
  }
  return largest;
}

template <class Isa, int Rotation>
[[gnu::noinline]] void QuantizeRows(const QuantizeArgs& args) {
  constexpr int W = Isa::kWidth;
  using Q = typename Isa::Q;
  const auto magic = Isa::Set1(kRound + Isa::kOffset);
  for (size_t row = 0; row < args.rows; ++row) {
    const float* x = args.x + row * args.dim;
    typename Isa::I lanes = {};
    if constexpr (Rotation > 1) {
      for (size_t d = 0; d < args.dim; d += Rotation) {
        lanes = Rotate<Isa, Rotation>(x + d, args.scratch + d, lanes);
      }
      x = args.scratch;
    } else {
      for (size_t d = 0; d < args.dim; d += W) lanes = LargerOf<Isa>(lanes, Isa::Load(x + d));
    }
    const float scale = ScaleTo<Isa>(127.0f, lanes);
    args.row_scale[row] = 1.0f / scale;
    Q* q = static_cast<Q*>(args.q) + row * args.dim;
    for (size_t d = 0; d < args.dim; d += W) {
      Isa::StoreLow(q + d, BitsOf<Isa>(Isa::Fma(Isa::Load(x + d), Isa::Set1(scale), magic)));
    }
  }
}

template <class Isa>
void Quantize(const QuantizeArgs& args) {
  switch (args.rotation) {
    case 128:
      return QuantizeRows<Isa, 128>(args);
    case 64:
      return QuantizeRows<Isa, 64>(args);
    case 32:
      return QuantizeRows<Isa, 32>(args);
    case 16:
      return QuantizeRows<Isa, 16>(args);
    default:
      return QuantizeRows<Isa, 1>(args);
  }
}

// What the sums of W columns start from: what the offset of the activations adds, taken out.
template <class Isa>
SHOAL_INLINE typename Isa::I FirstSum(const int32_t* column_start) {
  typename Isa::I sum = {};
  if constexpr (Isa::kInt8Layout == Int8Layout::kQuads) {
    __builtin_memcpy(&sum, column_start, sizeof sum);
  }
  return sum;
}

template <class Isa>
SHOAL_INLINE typename Isa::I AddGroups(typename Isa::I a, typename Isa::I b, typename Isa::I sum) {
  if constexpr (Isa::kInt8Layout == Int8Layout::kQuads) {
    return Isa::AddQuads(a, b, sum);
  } else {
    return Isa::AddPairs(a, b, sum);
  }
}

// R rows of P panels, a group of k at a time.
template <class Isa, int R, int P, Epilogue E>
SHOAL_INLINE void Int8Tile(const Int8LinearArgs& args, size_t row, size_t column) {
  constexpr int W = Isa::kWidth;
  constexpr int V = P * kVectors<Isa>;
  constexpr size_t kGroup = GroupOf(Isa::kInt8Layout);
  using F = typename Isa::F;
  using I = typename Isa::I;
  using Q = typename Isa::Q;
  const Q* q = static_cast<const Q*>(args.q) + row * args.in;
  const int8_t* panel = args.panels + column * args.in;
  const size_t panel_size = args.in * kPanelColumns;
  I sum[R][V];
  SHOAL_UNROLL for (int i = 0; i < R; ++i) {
    SHOAL_UNROLL for (int j = 0; j < V; ++j) {
      sum[i][j] = FirstSum<Isa>(args.column_start + column + W * j);
    }
  }
  for (size_t k = 0; k < args.in; k += kGroup, panel += kGroup * kPanelColumns) {
    PrefetchNext<P>(panel, panel_size);
    I b[V];
    SHOAL_UNROLL for (int j = 0; j < V; ++j) {
      b[j] = Isa::LoadWeights(panel + PanelOf<Isa>(j) * panel_size + kGroup * WithinPanel<Isa>(j));
    }
    SHOAL_UNROLL for (int i = 0; i < R; ++i) {
      const I a = Isa::SetGroup(q + static_cast<size_t>(i) * args.in + k);
      SHOAL_UNROLL for (int j = 0; j < V; ++j) sum[i][j] = AddGroups<Isa>(a, b[j], sum[i][j]);
    }
  }
  SHOAL_UNROLL for (int i = 0; i < R; ++i) {
    const F row_scale = Isa::Set1(args.row_scale[row + static_cast<size_t>(i)]);
    Lanes<Isa, V> v;
    SHOAL_UNROLL for (int j = 0; j < V; ++j) {
      const size_t n = column + static_cast<size_t>(W * j);
      v[j] = Isa::Fma(__builtin_convertvector(sum[i][j], F),
                      row_scale * Isa::Load(args.column_scale + n), Isa::Load(args.bias + n));
    }
    const size_t at = (row + static_cast<size_t>(i)) * args.out + column;
    Finish<Isa, E>(v, args.residual + at, args.y + at);
  }
}

// GELU of a finished tile, in place. Not inlined: beside the tile's accumulators it would need more
// registers than there are, and the accumulators would live in memory.
template <class Isa, int P>
[[gnu::noinline]] void GeluOfTile(float* y, size_t stride, size_t rows) {
  constexpr int N = P * kVectors<Isa>;
  for (; rows > 0; --rows, y += stride) {
    Lanes<Isa, N> v;
    SHOAL_EACH v[i] = Isa::Load(y + Isa::kWidth * i);
    GeluPolynomial(v, kGeluOfInt8);
    Finish<Isa, Epilogue::kNone>(v, nullptr, y);
  }
}

template <class Isa, int P, Epilogue E>
struct Int8Rows {
  const Int8LinearArgs& args;
  size_t column;
  template <int R>
  SHOAL_INLINE void Run(size_t row) const {
    if constexpr (E == Epilogue::kGelu) {
      Int8Tile<Isa, R, P, Epilogue::kNone>(args, row, column);
      GeluOfTile<Isa, P>(args.y + row * args.out + column, args.out, R);
    } else {
      Int8Tile<Isa, R, P, E>(args, row, column);
    }
  }
};

template <class Isa, int P, Epilogue E>
[[gnu::noinline]] size_t Int8Panels(const Int8LinearArgs& args, size_t column) {
  return ForPanels<P, Int8Rows<Isa, P, E>>(args, column);
}

template <class Isa, Epilogue E>
SHOAL_INLINE void Int8Columns(const Int8LinearArgs& args) {
  const size_t column = Int8Panels<Isa, Isa::kPanels, E>(args, 0);
  if constexpr (Isa::kPanels > 1) Int8Panels<Isa, 1, E>(args, column);
}

template <class Isa>
void Int8Linear(const Int8LinearArgs& args) {
  switch (args.epilogue) {
    case Epilogue::kNone:
      return Int8Columns<Isa, Epilogue::kNone>(args);
    case Epilogue::kGelu:
      return Int8Columns<Isa, Epilogue::kGelu>(args);
    case Epilogue::kResidual:
      return Int8Columns<Isa, Epilogue::kResidual>(args);
  }
}

}  // namespace
}  // namespace shoal
