// What the files of a model folder make of its tokenizer, with the precedence of the reference,
// sentence-transformers 6 over transformers 5. What these files say and Shoal does not do is
// refused by file and key, never ignored. Pure.
//
// tokenizer_class BertTokenizer (the default):
//   vocabulary       tokenizer.json, else vocab.txt
//   flags, names     tokenizer_config.json, else BERT's; names of special_tokens_map.json win where
//                    tokenizer_config.json has no added_tokens_decoder
//   added tokens     added_tokens_decoder of tokenizer_config.json, else tokenizer.json and
//                    added_tokens.json; then special tokens that have none of these
//   tokenizer.json   in all else must say what BertTokenizer does
// tokenizer_class PreTrainedTokenizerFast, TokenizersBackend:
//   tokenizer.json says all; the other files only add tokens
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/tokenizer_spec.h"
#include "base/status.h"
#include "json/value.h"

namespace shoal {

// A file that is not there is not given.
struct TokenizerFiles {
  std::optional<JsonValue> tokenizer;                      // tokenizer.json
  std::optional<JsonValue> config;                         // tokenizer_config.json
  std::optional<JsonValue> special_tokens_map;             // special_tokens_map.json
  std::optional<JsonValue> added_tokens;                   // added_tokens.json
  std::optional<std::vector<VocabularyToken>> vocabulary;  // vocab.txt
  std::string model_class;  // tokenizer_class of config.json; empty: none
};

// Where `file`, tokenizer_config.json or config.json, has a `tokenizer_class`, it must be one of
// the above.
Status CheckTokenizerClass(const JsonValue& file);

// All ids are below `vocabulary_size`, the rows of the embedding matrix. INVALID_ARGUMENT or
// UNIMPLEMENTED begin with the file's name; NOT_FOUND: no vocabulary.
Result<TokenizerSpec> ReadTokenizer(const TokenizerFiles& files, int vocabulary_size);

}  // namespace shoal
