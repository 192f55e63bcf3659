// The fixed texts of tests/data as token ids, and what the reference implementation makes of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "tokenizer/tokenizer.h"

namespace shoal {

using Ids = std::vector<std::int32_t>;

// golden_texts.jsonl, one item a text.
Result<std::vector<Ids>> GoldenItems(const Tokenizer& tokenizer);

// golden_vectors.npy: [texts][dim] fp32 of sentence-transformers.
Result<std::vector<float>> GoldenVectors(std::size_t texts, std::size_t dim);

// One item a line of `file`; empty lines and those that begin with '#' are left out.
Result<std::vector<Ids>> ItemsOfLines(const std::filesystem::path& file,
                                      const Tokenizer& tokenizer);

// The first `tokens` - 1 ids of the item and its last ([SEP]); the item itself where it is no
// longer.
Ids Cut(const Ids& item, std::size_t tokens);

std::size_t TokensOf(std::span<const Ids> items);

}  // namespace shoal
