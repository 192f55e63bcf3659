// Texts whose vectors are known: sent among the others, they show whether a server under load still
// computes what it should. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/embed.h"
#include "base/status.h"

namespace shoal {

struct KnownVector {
  std::string text;
  std::vector<float> vector;
  std::size_t line = 0;  // of the file, from 1
};

// JSON lines: {"text": ..., "vector": [...]}; the vector may be called "embedding" too, as `shoal
// embed` writes it, and where a line has no text, it is that of `texts` at the same place. Other
// keys are ignored. `name` is the file's. INVALID_ARGUMENT names the line.
Result<std::vector<KnownVector>> ParseKnownVectors(std::string_view content,
                                                   const std::string& name,
                                                   const std::vector<std::string>& texts);

inline constexpr double kLeastCosine = 0.999;
inline constexpr double kMostNormError = 0.01;  // of the norm that is known

// What is wrong with the float32s `bytes` as the vector of `known`: "line 12: cosine 0.8312, at
// least 0.999 is right". Nothing: they are right.
std::optional<std::string> WhatIsWrong(const KnownVector& known, std::string_view bytes);

// True: not as many finite floats as `texts` vectors of `dim` have.
bool Misfits(const EmbedReply& reply, std::size_t texts, int dim);
// Of an answer that does not misfit, one vector for each of `known`: what the first wrong one is.
std::optional<std::string> FirstWrong(const EmbedReply& reply,
                                      const std::vector<const KnownVector*>& known);

}  // namespace shoal
