// From the texts of a request to token ids, ready to be cut into batches, or to tokens and where
// they stand, for who asked for those.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/embed.h"
#include "api/tokenize.h"
#include "api/verdict.h"
#include "coordinator/fingerprint.h"
#include "tokenizer/tokenizer.h"

namespace shoal {

struct TokenizedTexts {
  std::vector<std::int32_t> ids;            // of all texts, one after the other
  std::vector<std::uint32_t> lengths;       // tokens of each text
  std::vector<std::size_t> offsets;         // where each text begins in `ids`
  std::vector<std::uint64_t> fingerprints;  // of each text
  std::uint32_t truncated = 0;              // texts that were cut
  std::optional<Refusal> refusal;           // a text was too long and may not be cut

  std::size_t bytes() const;  // that this holds
};

// `prompt` goes in front of every text of `request`. Where it may not be cut, the first text over
// the model's length is refused, by the caller's name for it.
TokenizedTexts TokenizeTexts(const Tokenizer& tokenizer, const Fingerprinter& fingerprinter,
                             std::string_view prompt, const EmbedRequest& request);

// Likewise. With more tokens than the request wants it is refused.
TokenizeOutcome LocateTokens(const Tokenizer& tokenizer, std::string_view prompt,
                             const TokenizeRequest& request);

}  // namespace shoal
