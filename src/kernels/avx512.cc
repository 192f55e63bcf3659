// The table for AVX-512 without BF16 and VNNI: products of int8 as under AVX2, twice as wide.
#include "kernels/isa_avx512.h"
#include "kernels/tables.h"

namespace shoal {

const KernelTable kAvx512Table = {.name = "avx512",
                                  .embed = Embed<Avx512>,
                                  .linear = Linear<Avx512>,
                                  .linear_bf16 = nullptr,
                                  .bf16_is_fast = false,
                                  .int8_layout = Avx512::kInt8Layout,
                                  .quantize = Quantize<Avx512>,
                                  .linear_int8 = Int8Linear<Avx512>,
                                  .layer_norm = LayerNorm<Avx512>,
                                  .attention = Attention<Avx512>,
                                  .attention_bf16 = nullptr,
                                  .attention_int8 = Attention<Avx512, Int16Operands<Avx512>>,
                                  .pool = Pool<Avx512>};

}  // namespace shoal
