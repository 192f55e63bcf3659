// The table for AVX-512 with BF16 and VNNI: an instruction does two bf16 or four int8
// products per lane.
#include "kernels/isa_avx512.h"
#include "kernels/tables.h"

namespace shoal {
namespace {

// The same vector; the int8 operands of its products are unsigned times signed bytes.
struct Avx512Vnni : Avx512 {
  static constexpr Int8Layout kInt8Layout = Int8Layout::kQuads;
  static constexpr float kOffset = kQuadsOffset;
  typedef uint8_t Q;

  using Avx512::StoreLow;
  SHOAL_INLINE static void StoreLow(uint8_t* to, I v) {
    const __m128i low = _mm512_cvtepi32_epi8(reinterpret_cast<__m512i>(v));
    __builtin_memcpy(to, &low, sizeof low);
  }
  SHOAL_INLINE static I LoadWeights(const int8_t* p) {
    return reinterpret_cast<I>(_mm512_loadu_si512(p));
  }
  SHOAL_INLINE static I SetGroup(const uint8_t* p) {
    int32_t quad;
    __builtin_memcpy(&quad, p, sizeof quad);
    return reinterpret_cast<I>(_mm512_set1_epi32(quad));
  }
  // In assembly: g++ 12 keeps the sums of the intrinsic in memory, at half the speed.
  SHOAL_INLINE static I AddQuads(I a, I b, I sum) {
    asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
  }
  SHOAL_INLINE static I AddPairs(I a, I b, I sum) {
    asm("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
  }

  SHOAL_INLINE static I NarrowToBf16(F v) {
    return reinterpret_cast<I>(
        _mm512_cvtepu16_epi32(reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(v))));
  }
  SHOAL_INLINE static F DotBf16(I a, I b, F sum) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
  }
};

void RoundToBf16(const float* x, size_t count, uint16_t* to) {
  for (size_t i = 0; i < count; i += 16) {
    const __m256bh half = _mm512_cvtneps_pbh(Avx512::Load(x + i));
    __builtin_memcpy(to + i, &half, sizeof half);
  }
}

// R rows of P panels, two k at a time.
template <int R, int P, Epilogue E>
SHOAL_INLINE void Bf16Tile(const Bf16LinearArgs& args, size_t row, size_t column) {
  const uint16_t* x = args.x_rounded + row * args.in;
  const uint16_t* panel = args.panels + column * args.in;
  const size_t panel_size = args.in * kPanelColumns;
  Lanes<Avx512, P> sum[R];
  SHOAL_UNROLL for (int i = 0; i < R; ++i) {
    SHOAL_UNROLL for (int j = 0; j < P; ++j) sum[i][j] = Avx512::Load(args.bias + column + 16 * j);
  }
  for (size_t k = 0; k < args.in; k += 2, panel += 2 * kPanelColumns) {
    PrefetchNext<P>(panel, panel_size);
    Avx512::I b[P];
    SHOAL_UNROLL for (size_t j = 0; j < P; ++j) {
      b[j] = reinterpret_cast<Avx512::I>(_mm512_loadu_si512(panel + j * panel_size));
    }
    SHOAL_UNROLL for (int i = 0; i < R; ++i) {
      const Avx512::I a = Avx512::SetGroup(
          reinterpret_cast<const int16_t*>(x + static_cast<size_t>(i) * args.in + k));
      SHOAL_UNROLL for (int j = 0; j < P; ++j) {
        sum[i][j] = Avx512Vnni::DotBf16(a, b[j], sum[i][j]);
      }
    }
  }
  SHOAL_UNROLL for (int i = 0; i < R; ++i) {
    constexpr Epilogue kRest = E == Epilogue::kGelu ? Epilogue::kNone : E;
    const size_t at = (row + static_cast<size_t>(i)) * args.out + column;
    if constexpr (E == Epilogue::kGelu) GeluPolynomial(sum[i], kGeluOfBf16);
    Finish<Avx512, kRest>(sum[i], args.residual + at, args.y + at);
  }
}

template <int P, Epilogue E>
struct Bf16Rows {
  const Bf16LinearArgs& args;
  size_t column;
  template <int R>
  SHOAL_INLINE void Run(size_t row) const {
    Bf16Tile<R, P, E>(args, row, column);
  }
};

template <int P, Epilogue E>
[[gnu::noinline]] size_t Bf16Panels(const Bf16LinearArgs& args, size_t column) {
  return ForPanels<P, Bf16Rows<P, E>>(args, column);
}

template <Epilogue E>
SHOAL_INLINE void Bf16Columns(const Bf16LinearArgs& args) {
  const size_t column = Bf16Panels<Avx512::kPanels, E>(args, 0);
  Bf16Panels<1, E>(args, column);
}

void LinearBf16(const Bf16LinearArgs& args) {
  RoundToBf16(args.x, args.rows * args.in, args.x_rounded);
  switch (args.epilogue) {
    case Epilogue::kNone:
      return Bf16Columns<Epilogue::kNone>(args);
    case Epilogue::kGelu:
      return Bf16Columns<Epilogue::kGelu>(args);
    case Epilogue::kResidual:
      return Bf16Columns<Epilogue::kResidual>(args);
  }
}

}  // namespace

const KernelTable kAvx512Bf16Table = {
    .name = "avx512_bf16",
    .embed = Embed<Avx512Vnni>,
    .linear = Linear<Avx512Vnni>,
    .linear_bf16 = LinearBf16,
    .bf16_is_fast = true,
    .int8_layout = Avx512Vnni::kInt8Layout,
    .quantize = Quantize<Avx512Vnni>,
    .linear_int8 = Int8Linear<Avx512Vnni>,
    .layer_norm = LayerNorm<Avx512Vnni>,
    .attention = Attention<Avx512Vnni>,
    .attention_bf16 = Attention<Avx512Vnni, Bf16Operands<Avx512Vnni>>,
    .attention_int8 = Attention<Avx512Vnni, Int16Operands<Avx512Vnni>>,
    .pool = Pool<Avx512Vnni>};

}  // namespace shoal
