// The vocabulary, made for greedy longest match: whole words of up to 16 bytes are found by one
// hash probe, which is nearly all of prose; the rest walks a trie of bytes, once per piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "api/tokenizer_spec.h"
#include "tokenizer/ascii_word.h"

namespace shoal {

// Immutable once filled. Thread-safe then.
class WordTable {
 public:
  // Tokens that begin with `prefix` are those that do not start a word.
  WordTable(const std::vector<VocabularyToken>& tokens, std::string_view prefix);

  // The token that is this whole word; -1: there is none.
  std::int32_t Find(const WordBlock& word) const;

  // Appends the pieces of a word of `size` > 0 bytes, none of them zero. False, `ids` as before:
  // some part of it is in no token. 16 bytes can be read from `word`, whatever its size.
  bool Match(const std::uint8_t* word, std::size_t size, std::vector<std::int32_t>& ids) const;

  struct Piece {
    std::int32_t id = 0;
    std::size_t end = 0;  // byte of the word
    friend bool operator==(const Piece&, const Piece&) = default;
  };
  bool Match(const std::uint8_t* word, std::size_t size, std::vector<Piece>& pieces) const;

 private:
  // Gives each piece to `take`, with its end. False: some part is in no token.
  template <typename Take>
  bool Walk(const std::uint8_t* word, std::size_t size, const Take& take) const;

  struct Entry {
    WordBlock word;
    std::int32_t id = -1;  // -1: free
  };
  struct Edge {
    std::uint32_t key = 0;  // node * 256 + byte; 0: free, as no edge leaves node 0
    std::uint32_t node = 0;
  };

  void InsertWord(std::string_view token, std::int32_t id);
  void InsertPath(std::uint32_t node, std::string_view bytes, std::int32_t id);
  std::uint32_t Follow(std::uint32_t node, std::uint8_t byte) const;  // 0: no such edge

  std::vector<Entry> words_;
  std::vector<Edge> edges_;
  std::vector<std::int32_t> id_of_node_;  // -1: no token ends here
};

}  // namespace shoal
