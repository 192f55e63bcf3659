// The int8 products: activations quantised per row at run time, weights per column at load, exact
// integer sums, one dequantisation. What each computes, with shapes: kernel_table.h.
//
// Rounding is to the nearest, ties to even, as the low bits of fma(v, scale, 1.5·2^23). A table that
// needs unsigned activations may add an even offset there and take it out again with the columns'
// sums: the integers, so the bytes, stay the same.
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

// One block times the unnormalised Hadamard matrix: strides Block/2, ... 1, in this order.
template <class Isa, int Block>
SHOAL_INLINE void Rotate(const float* x, float* to) {
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
      Isa::Store(to + 16 * i + W * j, Isa::RotateLanes(v[j]));
    }
  }
}

// The largest |x[d]|. Compared as integers, where an infinity and then a NaN are above all numbers.
template <class Isa>
SHOAL_INLINE float LargestOf(const float* x, size_t dim) {
  constexpr int W = Isa::kWidth;
  using I = typename Isa::I;
  const I sign_off = 0x7fffffff - I{};
  I largest = {};
  for (size_t d = 0; d < dim; d += W) {
    const I v = BitsOf<Isa>(Isa::Load(x + d)) & sign_off;
    largest = v > largest ? v : largest;
  }
  int32_t top = 0;
  for (int i = 0; i < W; ++i) top = largest[i] > top ? largest[i] : top;
  return __builtin_bit_cast(float, top);
}

template <class Isa, int Rotation>
[[gnu::noinline]] void QuantizeRows(const QuantizeArgs& args) {
  constexpr int W = Isa::kWidth;
  using S = typename Isa::S;
  const auto magic = Isa::Set1(12582912.0f);  // 1.5·2^23
  for (size_t row = 0; row < args.rows; ++row) {
    const float* x = args.x + row * args.dim;
    if constexpr (Rotation > 1) {
      for (size_t d = 0; d < args.dim; d += Rotation) {
        Rotate<Isa, Rotation>(x + d, args.scratch + d);
      }
      x = args.scratch;
    }
    const float largest = LargestOf<Isa>(x, args.dim);
    const float scale = 127.0f / (largest < 1e-9f ? 1e-9f : largest);
    args.row_scale[row] = 1.0f / scale;
    int16_t* q = args.q + row * args.dim;
    for (size_t d = 0; d < args.dim; d += W) {
      const auto v = BitsOf<Isa>(Isa::Fma(Isa::Load(x + d), Isa::Set1(scale), magic));
      const S low = __builtin_convertvector(v, S);
      __builtin_memcpy(q + d, &low, sizeof low);
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

// R rows of one panel, two k at a time.
template <class Isa, int R, Epilogue E>
SHOAL_INLINE void Int8Tile(const Int8LinearArgs& args, size_t row, size_t column) {
  constexpr int W = Isa::kWidth;
  constexpr int V = kVectors<Isa>;
  using F = typename Isa::F;
  using I = typename Isa::I;
  const int16_t* q = args.q + row * args.in;
  const int8_t* panel = args.panels + column * args.in;
  I sum[R][V];
  SHOAL_UNROLL for (int i = 0; i < R; ++i) {
    SHOAL_UNROLL for (int j = 0; j < V; ++j) sum[i][j] = I{};
  }
  for (size_t k = 0; k < args.in; k += 2, panel += 2 * kPanelColumns) {
    __builtin_prefetch(panel + args.in * kPanelColumns, 0, 2);  // the next panel, into L2
    I b[V];
    SHOAL_UNROLL for (int j = 0; j < V; ++j) b[j] = Isa::LoadWeights(panel + 2 * W * j);
    SHOAL_UNROLL for (int i = 0; i < R; ++i) {
      const I a = Isa::SetPair(q + static_cast<size_t>(i) * args.in + k);
      SHOAL_UNROLL for (int j = 0; j < V; ++j) sum[i][j] = Isa::AddDot(a, b[j], sum[i][j]);
    }
  }
  SHOAL_UNROLL for (int i = 0; i < R; ++i) {
    const F row_scale = Isa::Set1(args.row_scale[row + static_cast<size_t>(i)]);
    SHOAL_UNROLL for (int j = 0; j < V; ++j) {
      const size_t n = column + static_cast<size_t>(W * j);
      const size_t at = (row + static_cast<size_t>(i)) * args.out + n;
      const F v = Isa::Fma(__builtin_convertvector(sum[i][j], F),
                           row_scale * Isa::Load(args.column_scale + n), Isa::Load(args.bias + n));
      Finish<Isa, E>(v, args.residual + at, args.y + at);
    }
  }
}

// GELU of a finished tile, in place. Not inlined: GELU's constants beside the tile's accumulators
// would be more than the registers hold, and the accumulators would live in memory.
template <class Isa>
[[gnu::noinline]] void GeluOfTile(float* y, size_t stride, size_t rows) {
  for (; rows > 0; --rows, y += stride) {
    SHOAL_UNROLL for (int j = 0; j < 16; j += Isa::kWidth) {
      Isa::Store(y + j, GeluErf<Isa>(Isa::Load(y + j)));
    }
  }
}

template <class Isa, Epilogue E>
struct Int8Rows {
  const Int8LinearArgs& args;
  size_t column;
  template <int R>
  SHOAL_INLINE void Run(size_t row) const {
    if constexpr (E == Epilogue::kGelu) {
      Int8Tile<Isa, R, Epilogue::kNone>(args, row, column);
      GeluOfTile<Isa>(args.y + row * args.out + column, args.out, R);
    } else {
      Int8Tile<Isa, R, E>(args, row, column);
    }
  }
};

template <class Isa, Epilogue E>
[[gnu::noinline]] void Int8Panels(const Int8LinearArgs& args) {
  for (size_t column = 0; column < args.out; column += kPanelColumns) {
    ForRowTiles(args.rows, Int8Rows<Isa, E>{args, column});
  }
}

template <class Isa>
void Int8Linear(const Int8LinearArgs& args) {
  switch (args.epilogue) {
    case Epilogue::kNone:
      return Int8Panels<Isa, Epilogue::kNone>(args);
    case Epilogue::kGelu:
      return Int8Panels<Isa, Epilogue::kGelu>(args);
    case Epilogue::kResidual:
      return Int8Panels<Isa, Epilogue::kResidual>(args);
  }
}

}  // namespace
}  // namespace shoal
