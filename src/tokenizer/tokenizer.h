// BERT WordPiece: text to token ids, exactly as Hugging Face's BertNormalizer, BertPreTokenizer and
// WordPiece do it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace shoal {

struct TokenizerOptions {
  bool lower_case = true;               // also strips accents, as the reference does
  int max_tokens = 512;                 // [CLS] and [SEP] included; at least 3
  bool special_tokens_as_text = false;  // a literal "[SEP]" in a text is text, not the token
};

// Immutable. Thread-safe: one serves all threads.
class Tokenizer {
 public:
  // `vocabulary` is the content of vocab.txt: one token a line, its id the line's number from 0.
  static Result<Tokenizer> Create(std::string_view vocabulary, const TokenizerOptions& options);
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // Appends [CLS] ... [SEP] of `text` (valid UTF-8) to `ids`, at most max_tokens of them. True: the
  // text was longer and was cut on the right. Stops reading the text once enough pieces exist.
  bool Encode(std::string_view text, std::vector<std::int32_t>& ids) const;

  std::size_t vocabulary_size() const;
  int max_tokens() const;

 private:
  struct Impl;
  explicit Tokenizer(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace shoal
