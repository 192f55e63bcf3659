// Texts of a chosen length for load: plain English words, each one token in the vocabulary of BERT,
// so that a text of n - 2 words has n tokens with [CLS] and [SEP].
#pragma once

#include <cstddef>
#include <string>

#include "base/rng.h"

namespace shoal {

// `tokens` counts the two special ones; at least 2 (an empty text).
std::string MadeText(std::size_t tokens, Rng& rng);

}  // namespace shoal
