// Added tokens and their ids, as the reference gives them: a token of the vocabulary keeps its id,
// the others follow behind the vocabulary in the order in which they are added.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/tokenizer_spec.h"
#include "base/status.h"

namespace shoal {

// A token that some file, or the reference itself, adds.
struct TokenToAdd {
  AddedToken token;                // its id is not used
  std::optional<bool> normalized;  // none: where the token is not special
  std::optional<std::int64_t> stated_id;
  std::string where;        // of messages: "tokenizer.json: added_tokens[5] "
  bool in_no_file = false;  // the reference adds it by itself
};

// Not thread-safe.
class AddedTokenIds {
 public:
  // `vocabulary` outlives this. Ids are below `vocabulary_size`.
  AddedTokenIds(const std::vector<VocabularyToken>& vocabulary, int vocabulary_size);

  // One call of the reference's add_tokens: a content that was added before gets the new flags.
  // Refused: an id that is not the stated one, beyond the vocabulary's size, or another token's. A
  // token beyond the size that stands in no file is left out: only texts that name it would differ,
  // and the reference fails on them.
  Status Add(const std::vector<TokenToAdd>& tokens);

  // Of an added token or of the vocabulary.
  std::optional<std::int32_t> Find(const std::string& content) const;
  bool Has(const std::string& content) const { return added_.contains(content); }

  std::vector<AddedToken> InOrder() const;

 private:
  Status AddOne(const TokenToAdd& token, std::int32_t& next_id);

  std::unordered_map<std::string_view, std::int32_t> vocabulary_;
  std::int32_t end_;
  std::map<std::string, AddedToken> added_;
  std::map<std::int32_t, std::string> content_of_id_;
  std::size_t bytes_ = 0;
};

}  // namespace shoal
