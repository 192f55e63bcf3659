// Added tokens in a text: the leftmost first, of those that begin there the longest, as the
// `tokenizers` package finds them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/tokenizer_spec.h"

namespace shoal {

// Immutable once filled. Thread-safe then.
class AddedTokens {
 public:
  struct Match {
    std::size_t begin = 0;  // bytes of the text, the spaces that the token takes included
    std::size_t end = 0;
    std::int32_t id = 0;
  };

  // `token.content` is found as it is. With `special_as_text` the special ones are stepped over.
  explicit AddedTokens(bool special_as_text) : special_as_text_(special_as_text) {}
  // False: there is one of this content already.
  bool Insert(AddedToken token);

  bool empty() const { return tokens_.empty(); }

  // The next token of `text` (valid UTF-8) at or behind `*position`, which then moves behind it.
  // Spaces in front of `taken` belong to the token before.
  std::optional<Match> Next(std::string_view text, std::size_t* position, std::size_t taken) const;

 private:
  // The longest token that `text` starts with; null: none.
  const AddedToken* Longest(std::string_view text) const;
  std::size_t FindStart(std::string_view text, std::size_t position) const;

  bool special_as_text_;
  std::vector<AddedToken> tokens_;
  std::unordered_map<std::uint32_t, std::uint32_t> edges_;  // node * 256 + byte -> node; 0: root
  std::vector<std::int32_t> token_of_node_ = {-1};          // -1: none ends here
  std::array<bool, 256> starts_ = {};                       // first bytes of tokens
  std::optional<char> only_start_;                          // where there is one such byte alone
};

}  // namespace shoal
