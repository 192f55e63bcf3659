// BERT WordPiece: text to token ids, exactly as Hugging Face's added tokens, BertNormalizer,
// BertPreTokenizer and WordPiece do it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "api/tokenize.h"
#include "api/tokenizer_spec.h"
#include "base/status.h"

namespace shoal {

struct TokenizerOptions {
  int max_tokens = 512;                 // [CLS] and [SEP] included; at least 3
  bool special_tokens_as_text = false;  // a literal "[SEP]" in a text is text, not the token
};

// Which end a text that is too long loses.
enum class CutSide { kRight, kLeft };

// Immutable. Thread-safe: one serves all threads.
class Tokenizer {
 public:
  // INVALID_ARGUMENT: the tokens that `spec` names are not in its vocabulary, or two added tokens
  // are the same once normalised.
  static Result<Tokenizer> Create(const TokenizerSpec& spec, const TokenizerOptions& options);
  // Of a vocab.txt alone: BERT, uncased.
  static Result<Tokenizer> Create(std::string_view vocabulary, const TokenizerOptions& options);
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // Appends [CLS] ... [SEP] of `text` (valid UTF-8) to `ids`, at most max_tokens of them. True: the
  // text was longer and was cut. On the right, the text is not read once enough pieces exist; on
  // the left, all of it is, but never more than twice the pieces are held.
  bool Encode(std::string_view text, std::vector<std::int32_t>& ids,
              CutSide side = CutSide::kRight) const;

  // Appends all tokens of `text` (valid UTF-8, up to 1 GiB) between [CLS] and [SEP], and where in
  // the text each stands; the ids are those of Encode. False: `tokens` has more than `most`, and
  // the rest was not read. Several times as slow as Encode; may hold 50 times the text's bytes.
  [[nodiscard]] bool Locate(std::string_view text, std::size_t most,
                            std::vector<TextToken>& tokens) const;

  const SpecialToken& first() const;    // [CLS]
  const SpecialToken& last() const;     // [SEP]
  std::size_t vocabulary_size() const;  // the largest id of the vocabulary and one
  int max_tokens() const;

 private:
  struct Impl;
  explicit Tokenizer(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace shoal
