// The tensors that a model must have, once: a start checks them before it packs, `shoal model
// verify` checks them and packs nothing, so the two cannot differ.
//
// In the file a tensor may have one of the names that transformers' BertModel loads: with "bert."
// in front, and LayerNorm.gamma and .beta for LayerNorm.weight and .bias, as old checkpoints have
// them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "model/model_folder.h"
#include "model/safetensors.h"

namespace shoal {

struct TensorShape {
  std::string name;  // without "bert."
  std::vector<std::int64_t> shape;
};

// All that an encoder of this shape computes with. The pooler is not among them.
std::vector<TensorShape> TensorsOf(const BertConfig& config);

// Reads every tensor of TensorsOf: it is there, under one name, in its shape and a format that
// widens to fp32, and each value is a finite number. Returns the name in the file by the name of
// the list. Errors name file, tensor, what was found and, of a value, where.
Result<std::map<std::string, std::string>> CheckTensors(const SafeTensors& file,
                                                        const BertConfig& config);

}  // namespace shoal
