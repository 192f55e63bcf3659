// The arithmetic of the encoder, as one table of functions per instruction set. Arrays in, arrays
// out: nothing here allocates, locks or fails.
//
// All tables give the same bytes in fp32 and int8, whatever their vector width: every output
// element is one fixed sequence of IEEE operations (numerics.h), each fused operation is written as
// an explicit FMA, sums over an index are 16 partial sums by index mod 16, then i+(i+8), +(i+4),
// +(i+2), +(i+1), and sums of integers are exact.
//
// Weights are packed in panels of 16 columns, [out/16][in][16], in the order of use; a tile is up
// to 6 rows of one panel, or of as many panels side by side as its registers hold.
//
// This header includes nothing of the C++ library: files for wider instruction sets include it, and
// a template instantiated there could be the copy that the linker keeps for smaller machines.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace shoal {

inline constexpr size_t kPanelColumns = 16;  // every width below is a multiple of it

enum class Epilogue { kNone, kGelu, kResidual };

// y[r][n] = epilogue(bias[n] + sum over k of x[r][k] · w[k][n]), the products added in the order of
// k.
struct LinearArgs {
  size_t rows;
  size_t in;
  size_t out;             // a multiple of 16
  const float* x;         // [rows][in]; does not overlap y
  const float* panels;    // [out/16][in][16]; 64-byte aligned
  const float* bias;      // [out]
  const float* residual;  // [rows][out], may be y; only for kResidual
  float* y;               // [rows][out]
  Epilogue epilogue;
};

// The same product in bf16.
struct Bf16LinearArgs {
  size_t rows;
  size_t in;               // a multiple of 16
  size_t out;              // a multiple of 16
  const float* x;          // [rows][in]
  uint16_t* x_rounded;     // [rows][in] of scratch
  const uint16_t* panels;  // [out/16][in/2][16][2]; 64-byte aligned
  const float* bias;       // [out]
  const float* residual;   // [rows][out], may be y; only for kResidual
  float* y;                // [rows][out]
  Epilogue epilogue;
};

// How a table's multiply-add reads the operands of an int8 product.
enum class Int8Layout {
  kPairs,  // q as int16_t; panels [out/16][in/2][16][2]
  kQuads,  // q as uint8_t, kQuadsOffset more than the integer; panels [out/16][in/4][16][4]
};

inline constexpr int32_t kQuadsOffset = 128;

// Values of one column that lie side by side in a panel.
constexpr size_t GroupOf(Int8Layout layout) { return layout == Int8Layout::kQuads ? 4 : 2; }

// Rows of fp32 as integers from -127 to 127 and one scale each. With a `rotation` of more than 1,
// every block of so many values is first multiplied by the (unnormalised) Hadamard matrix: what
// stands out in one value is spread over its block. A row with an infinity or a NaN gets a scale
// that is infinite or NaN.
struct QuantizeArgs {
  size_t rows;
  size_t dim;        // a multiple of 16 and of the rotation
  size_t rotation;   // 1, 16, 32, 64 or 128
  const float* x;    // [rows][dim]
  float* scratch;    // [dim], unless rotation is 1
  void* q;           // [rows][dim] in the table's Int8Layout: about x / scale
  float* row_scale;  // [rows]
};

// y[r][n] = epilogue(bias[n] + row_scale[r] · column_scale[n] · sum over k of q[r][k] · w[k][n]);
// the sum is exact.
struct Int8LinearArgs {
  size_t rows;
  size_t in;                    // a multiple of 16, at most 65536: no sum overflows
  size_t out;                   // a multiple of 16
  const void* q;                // [rows][in], each from -127 to 127, in the table's Int8Layout
  const float* row_scale;       // [rows]
  const int8_t* panels;         // each from -127 to 127, in the table's Int8Layout; 64-byte aligned
  const int32_t* column_start;  // [out], -kQuadsOffset · sum over k of w[k][n]; only for kQuads
  const float* column_scale;    // [out]
  const float* bias;            // [out]
  const float* residual;        // [rows][out], may be y; only for kResidual
  float* y;                     // [rows][out]
  Epilogue epilogue;
};

struct LayerNormArgs {
  size_t rows;
  size_t dim;         // a multiple of 16
  const float* gain;  // [dim]
  const float* bias;  // [dim]
  float epsilon;
  float* x;  // [rows][dim], in place
};

// Self-attention of one item. The queries carry the factor log2(e)/sqrt(head_dim), so that the
// softmax is a plain exp2.
struct AttentionArgs {
  size_t length;
  size_t heads;
  size_t head_dim;   // 32 or 64
  const float* qkv;  // [length][3][heads][head_dim]
  float* context;    // [length][heads][head_dim]
  float* scratch;    // AttentionScratchSize(length, head_dim) floats, 64-byte aligned
};

inline constexpr size_t kMaxInt8Length = 512;  // of attention_int8: no sum of so many overflows

// Keys of one head transposed, its values, and the scores of six queries. That is fp32; narrower
// operands need less.
constexpr size_t AttentionScratchSize(size_t length, size_t head_dim) {
  const size_t padded = (length + 15) / 16 * 16;
  return head_dim * (padded + 16) + padded * head_dim + 6 * padded;
}

// x[t][d] = words[ids[t]][d] + positions[t][d], for one item.
struct EmbedArgs {
  size_t length;
  size_t dim;
  const float* words;      // [vocabulary][dim]
  const float* positions;  // [max_positions][dim], token type 0 included
  const int32_t* ids;      // [length], each below the vocabulary's size
  float* x;                // [length][dim]
};

enum class PoolKind { kMean, kFirst, kMax };

// One vector of one item. A mean that is normalised afterwards is left a sum.
struct PoolArgs {
  size_t length;  // at least 1
  size_t dim;
  PoolKind kind;
  bool normalize;  // to length 1
  const float* x;  // [length][dim]
  float* vector;   // [dim]
};

struct KernelTable {
  const char* name;  // "avx512_bf16", "avx512", "avx2", "portable": SHOAL_ISA, the label `isa`
  void (*embed)(const EmbedArgs&);
  void (*linear)(const LinearArgs&);
  // Operands rounded to bf16 (nearest even), sums in fp32: per pair of k first the odd, then the
  // even product, denormals flushed; GELU is a polynomial. Null where the table has no bf16.
  void (*linear_bf16)(const Bf16LinearArgs&);
  bool bf16_is_fast;  // by an instruction for it; false: an oracle for tests
  Int8Layout int8_layout;
  void (*quantize)(const QuantizeArgs&);
  void (*linear_int8)(const Int8LinearArgs&);
  void (*layer_norm)(const LayerNormArgs&);
  void (*attention)(const AttentionArgs&);
  // Queries, keys, values and softmax weights rounded to bf16, sums as in linear_bf16. Null where
  // that is.
  void (*attention_bf16)(const AttentionArgs&);
  // The same rounded to integers, scaled by head; exact sums. At most kMaxInt8Length tokens.
  void (*attention_int8)(const AttentionArgs&);
  void (*pool)(const PoolArgs&);
};

}  // namespace shoal
