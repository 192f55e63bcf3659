// What Weights holds: the packed tensors of a model, as the kernels read them. Inside the engine
// only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "engine/aligned_array.h"
#include "engine/encoder.h"
#include "kernels/kernel_table.h"

namespace shoal {

// y = x·W + bias. One of the three packings is there, by the model's precision.
struct LinearWeights {
  std::size_t in = 0;
  std::size_t out = 0;
  AlignedArray<float> fp32;          // [out/16][in][16]
  AlignedArray<std::uint16_t> bf16;  // [out/16][in/2][16][2]
  AlignedArray<std::int8_t> int8;    // [out/16][in/g][16][g], g by the table's Int8Layout
  AlignedArray<std::int32_t>
      int8_start;                  // [out] -kQuadsOffset · sums of its columns, only for kQuads
  AlignedArray<float> int8_scale;  // [out]
  std::size_t rotation = 1;        // int8: what x is rotated by before it is quantised
  AlignedArray<float> bias;        // [out]
};

struct NormWeights {
  AlignedArray<float> gain;  // [hidden]
  AlignedArray<float> bias;  // [hidden]
};

struct LayerWeights {
  LinearWeights qkv;  // hidden -> 3·hidden; queries times log2(e)/sqrt(head_dim)
  LinearWeights attention_output;
  NormWeights attention_norm;
  LinearWeights up;    // hidden -> intermediate
  LinearWeights down;  // intermediate -> hidden
  NormWeights output_norm;
};

struct Weights::Impl {
  const KernelTable* table = nullptr;
  Precision precision = Precision::kFp32;
  BertConfig config;
  PoolKind pooling = PoolKind::kMean;
  bool normalize = false;
  int max_tokens = 0;
  AlignedArray<float> words;      // [vocabulary][hidden]
  AlignedArray<float> positions;  // [max_positions][hidden], token type 0 included
  NormWeights embedding_norm;
  std::vector<LayerWeights> layers;
  AlignedArray<float> reference;      // [kSelfTestItems][hidden] of the self-test
  std::optional<MappedFile> mapping;  // what the arrays above are views of, if so
  Status why_private;                 // OK when they are

  // Gives `layers` their number and each product its shape, from `config` and `precision`.
  void ShapeLayers();

  // Whether the int8 weights are packed in Int8Layout::kQuads.
  bool int8_in_quads() const {
    return precision == Precision::kInt8 && table->int8_layout == Int8Layout::kQuads;
  }
  std::size_t hidden() const { return static_cast<std::size_t>(config.hidden_size); }
  std::size_t heads() const { return static_cast<std::size_t>(config.heads); }
  std::size_t head_dim() const { return hidden() / heads(); }
  std::size_t intermediate() const { return static_cast<std::size_t>(config.intermediate_size); }
};

}  // namespace shoal
