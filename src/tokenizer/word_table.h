// The vocabulary, made for greedy longest match: whole words of up to 16 bytes are found by one
// hash probe, which is nearly all of prose; the rest walks a trie of bytes, once per piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace shoal {

// Immutable once filled. Thread-safe then.
class WordTable {
 public:
  // A word has room for this many bytes behind `word`, whatever its size: Match reads whole blocks.
  static constexpr std::size_t kBlock = 16;

  explicit WordTable(const std::vector<std::string_view>& tokens);

  // Appends the pieces of a word of `size` > 0 bytes. False, and `ids` as before: some part of it
  // is in no token.
  bool Match(const std::uint8_t* word, std::size_t size, std::vector<std::int32_t>& ids) const;

 private:
  struct Entry {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
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
