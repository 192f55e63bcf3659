// The table for the base instruction set: compiler vectors and one fmaf per lane. On arm64 that is
// one NEON instruction for four lanes. On x86 it is a library call for each, exact and slow (about
// 30 ms a token): the oracle of the other tables.
#include "kernels/kernel_attention.h"
#include "kernels/kernel_int8.h"
#include "kernels/tables.h"

namespace shoal {
namespace {

struct Portable {
#ifdef __ARM_NEON
  static constexpr int kWidth = 4;  // what a register holds: wider vectors would live in memory
#else
  static constexpr int kWidth = 16;
#endif
  static constexpr int kPanels = 1;
  static constexpr Int8Layout kInt8Layout = Int8Layout::kPairs;
  static constexpr float kOffset = 0;
  typedef int16_t Q;
  typedef float F __attribute__((vector_size(4 * kWidth)));
  typedef int32_t I __attribute__((vector_size(4 * kWidth)));
  typedef float Unaligned __attribute__((vector_size(4 * kWidth), aligned(4), may_alias));

  SHOAL_INLINE static F Load(const float* p) { return *reinterpret_cast<const Unaligned*>(p); }
  SHOAL_INLINE static void Store(float* p, F v) { *reinterpret_cast<Unaligned*>(p) = v; }
  SHOAL_INLINE static F Set1(float v) { return v - F{}; }  // v + F{} would turn -0 into +0
  SHOAL_INLINE static F Fma(F a, F b, F c) {
    F sum;
    for (int i = 0; i < kWidth; ++i) sum[i] = __builtin_fmaf(a[i], b[i], c[i]);
    return sum;
  }
  SHOAL_INLINE static F Max(F a, F b) { return a > b ? a : b; }  // b where one is NaN, as maxps
  SHOAL_INLINE static float MaxOfLanes(F v) {
    float largest = v[0];
    for (int i = 1; i < kWidth; ++i) largest = v[i] > largest ? v[i] : largest;
    return largest;
  }
  SHOAL_INLINE static float Sum16(const F* partial) { return SumByHalves<Portable>(partial); }

  template <int D>
  SHOAL_INLINE static void TransposeKeys(const float* keys, size_t row, size_t length,
                                         size_t padded, float* to, size_t stride) {
    for (size_t d = 0; d < D; ++d) {
      for (size_t key = 0; key < padded; ++key) {
        to[d * stride + key] = key < length ? keys[key * row + d] : 0.0f;
      }
    }
  }

  // Strides kWidth / 2, ... 1.
  SHOAL_INLINE static F RotateLanes(F v) {
    for (int half = kWidth / 2; half > 0; half /= 2) {
      for (int i = 0; i < kWidth; ++i) {
        if ((i & half) != 0) continue;
        const float a = v[i];
        const float b = v[i + half];
        v[i] = a + b;
        v[i + half] = a - b;
      }
    }
    return v;
  }

  SHOAL_INLINE static int32_t LargestLane(I v) {
    int32_t largest = v[0];
    for (int i = 1; i < kWidth; ++i) largest = v[i] > largest ? v[i] : largest;
    return largest;
  }
  SHOAL_INLINE static void StoreLow(int16_t* to, I v) {
    typedef int16_t Low __attribute__((vector_size(2 * kWidth)));
    const Low low = __builtin_convertvector(v, Low);
    __builtin_memcpy(to, &low, sizeof low);
  }

  // Two numbers of 16 bits in each int: the even k below, the odd one above.
  SHOAL_INLINE static I LoadWeights(const int8_t* p) {
    int16_t __attribute__((vector_size(4 * kWidth))) wide;
    for (int i = 0; i < 2 * kWidth; ++i) wide[i] = p[i];
    return __builtin_bit_cast(I, wide);
  }
  SHOAL_INLINE static I SetGroup(const int16_t* p) { return p[1] * 65536 + (p[0] & 0xffff) - I{}; }
  SHOAL_INLINE static I AddPairs(I a, I b, I sum) {
    return sum + ((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16);
  }
};

using F = Portable::F;
using I = Portable::I;

SHOAL_INLINE I Ints(uint32_t value) { return static_cast<int32_t>(value) - I{}; }

// Denormals become zero of the same sign.
SHOAL_INLINE F Flush(F v) {
  const I bits = BitsOf<Portable>(v);
  const I tiny = (bits & Ints(0x7f800000)) == Ints(0);
  return FloatsOf<Portable>(bits & ~(tiny & Ints(0x7fffffff)));
}

// To the nearest bf16, ties to even, kept as fp32.
SHOAL_INLINE F RoundToBf16(F v) {
  const I bits = BitsOf<Portable>(Flush(v));
  const I odd = (bits >> 16) & Ints(1);
  return FloatsOf<Portable>((bits + Ints(0x7fff) + odd) & Ints(0xffff0000u));
}

SHOAL_INLINE F FmaFlushed(F a, F b, F c) { return Flush(Portable::Fma(Flush(a), Flush(b), c)); }

// The same vector with products of bf16.
struct PortableBf16 : Portable {
  SHOAL_INLINE static I NarrowToBf16(F v) {
    return BitsOf<Portable>(RoundToBf16(v)) >> 16 & Ints(0xffff);
  }
  // Of each pair first the odd product, then the even one.
  SHOAL_INLINE static F DotBf16(I a, I b, F sum) {
    const I odd = Ints(0xffff0000u);
    sum = FmaFlushed(FloatsOf<Portable>(a & odd), FloatsOf<Portable>(b & odd), sum);
    return FmaFlushed(FloatsOf<Portable>(a << 16), FloatsOf<Portable>(b << 16), sum);
  }
};

// The sums of one vector of columns of one row.
SHOAL_INLINE F SumBf16(const Bf16LinearArgs& args, size_t row, size_t column) {
  const size_t within = column % kPanelColumns;
  const uint16_t* panel = args.panels + (column - within) * args.in + 2 * within;
  const uint16_t* x = args.x_rounded + row * args.in;
  F sum = Flush(Portable::Load(args.bias + column));
  for (size_t k = 0; k < args.in; k += 2) {
    I of_columns;
    __builtin_memcpy(&of_columns, panel + k * kPanelColumns, sizeof of_columns);
    uint32_t of_row;
    __builtin_memcpy(&of_row, x + k, sizeof of_row);
    sum = PortableBf16::DotBf16(Ints(of_row), of_columns, sum);
  }
  return sum;
}

void RoundToBf16(const float* x, size_t count, uint16_t* to) {
  for (size_t i = 0; i < count; i += Portable::kWidth) {
    Portable::StoreLow(reinterpret_cast<int16_t*>(to + i),
                       PortableBf16::NarrowToBf16(Portable::Load(x + i)));
  }
}

void LinearBf16(const Bf16LinearArgs& args) {
  RoundToBf16(args.x, args.rows * args.in, args.x_rounded);
  for (size_t column = 0; column < args.out; column += Portable::kWidth) {
    for (size_t row = 0; row < args.rows; ++row) {
      Lanes<Portable, 1> sum = {{SumBf16(args, row, column)}};
      const size_t at = row * args.out + column;
      if (args.epilogue == Epilogue::kGelu) GeluPolynomial(sum, kGeluOfBf16);
      if (args.epilogue == Epilogue::kResidual)
        sum[0] = sum[0] + Portable::Load(args.residual + at);
      Portable::Store(args.y + at, sum[0]);
    }
  }
}

}  // namespace

const KernelTable kPortableTable = {
    .name = "portable",
    .embed = Embed<Portable>,
    .linear = Linear<Portable>,
    .linear_bf16 = LinearBf16,
    .bf16_is_fast = false,
    .int8_layout = Portable::kInt8Layout,
    .quantize = Quantize<Portable>,
    .linear_int8 = Int8Linear<Portable>,
    .layer_norm = LayerNorm<Portable>,
    .attention = Attention<Portable>,
    .attention_bf16 = Attention<PortableBf16, Bf16Operands<PortableBf16>>,
    .attention_int8 = Attention<Portable, Int16Operands<Portable>>,
    .pool = Pool<Portable>};

}  // namespace shoal
