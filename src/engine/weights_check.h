// No lane computes with weights that have not shown, in this process and under its kernel table,
// that they give the vectors they should: a CPU or a build whose kernels are wrong, weights packed
// on a machine with bad memory, a model that the precision does not suit, all end at start and not
// in somebody's index.
//
// Three short sentences, the token ids of the vocabulary that most BERT models share (of any other,
// they are just tokens), are encoded and compared with ReferenceVectors: computed once, when the
// weights are packed, and kept with them. So a start pays for 30 tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "api/precision.h"
#include "base/status.h"
#include "engine/encoder.h"

namespace shoal {

inline constexpr std::size_t kSelfTestItems = 3;

// How far a precision may be from the reference.
struct SelfTestBar {
  double cosine;      // of each item, at least
  double difference;  // of each dimension, over the length of the vector, at most
};
SelfTestBar SelfTestBarOf(Precision precision);

// The token ids, fewer or wrapped around where the model takes no more.
std::vector<std::vector<std::int32_t>> SelfTestItems(const BertConfig& config, int max_tokens);

// Encodes the items and compares with the reference that the weights carry. FAILED_PRECONDITION
// names precision, kernel table, what was found and what is required.
Status RunSelfTest(const std::shared_ptr<const Weights>& weights);

// The default model, known by its digest, has recorded vectors of sentence-transformers:
// FAILED_PRECONDITION when `reference` [kSelfTestItems][hidden] is another. Others are OK.
Status CheckReference(std::string_view model_digest, std::span<const float> reference);

}  // namespace shoal
