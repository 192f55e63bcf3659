// Two hash tables with open addressing. `words_` holds tokens of up to 16 bytes as they are: one
// probe for a word that is a token. `edges_` is the trie of all tokens: (node, byte) -> node, in
// one array. An array of 256 children in each node would take a kilobyte a node.
//
//   embeddings = em ##bed ##ding ##s       kFirst for the first piece, kContinuation for the others
#include "tokenizer/word_table.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace shoal {
namespace {

constexpr std::uint32_t kFirst = 1;         // root of tokens that start a word
constexpr std::uint32_t kContinuation = 2;  // root of those with the prefix

std::uint64_t HashWord(const WordBlock& word) {
  std::uint64_t hash = word.low ^ (word.high * 0x9E3779B97F4A7C15u);
  hash ^= hash >> 29;
  hash *= 0xBF58476D1CE4E5B9u;
  return hash ^ (hash >> 32);
}

std::uint32_t HashEdge(std::uint32_t key) {
  key *= 0x9E3779B1u;
  return key ^ (key >> 15);
}

}  // namespace

WordTable::WordTable(const std::vector<VocabularyToken>& tokens, std::string_view prefix)
    : id_of_node_(3, -1) {
  std::size_t bytes = 0;
  for (const VocabularyToken& token : tokens) bytes += token.text.size();
  // '#' is punctuation: no word of more than one character has it.
  const bool starts_no_word = prefix == "##";
  words_.resize(std::bit_ceil(tokens.size() * 2 + 2));
  edges_.resize(std::bit_ceil(bytes * (starts_no_word ? 2 : 4) + 2));
  for (const auto& [whole, id] : tokens) {
    const std::string_view text = whole;
    const bool continues = text.size() > prefix.size() && text.starts_with(prefix);
    if (continues) InsertPath(kContinuation, text.substr(prefix.size()), id);
    if (text.empty() || (continues && starts_no_word)) continue;
    // A block cannot tell a zero in a word from the zeros behind it.
    const bool has_zero = text.find('\0') != std::string_view::npos;
    if (text.size() <= WordBlock::kSize && !has_zero) InsertWord(text, id);
    InsertPath(kFirst, text, id);
  }
}

void WordTable::InsertWord(std::string_view token, std::int32_t id) {
  WordBlock word;
  std::memcpy(&word, token.data(), token.size());
  std::size_t slot = HashWord(word) & (words_.size() - 1);
  while (words_[slot].id >= 0) slot = (slot + 1) & (words_.size() - 1);
  words_[slot] = {.word = word, .id = id};
}

void WordTable::InsertPath(std::uint32_t node, std::string_view bytes, std::int32_t id) {
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    std::uint32_t next = Follow(node, byte);
    if (next == 0) {
      next = static_cast<std::uint32_t>(id_of_node_.size());
      id_of_node_.push_back(-1);
      const std::uint32_t key = node << 8 | byte;
      std::size_t slot = HashEdge(key) & (edges_.size() - 1);
      while (edges_[slot].key != 0) slot = (slot + 1) & (edges_.size() - 1);
      edges_[slot] = {.key = key, .node = next};
    }
    node = next;
  }
  id_of_node_[node] = id;
}

inline std::uint32_t WordTable::Follow(std::uint32_t node, std::uint8_t byte) const {
  const std::uint32_t key = node << 8 | byte;
  std::size_t slot = HashEdge(key) & (edges_.size() - 1);
  while (edges_[slot].key != 0) {
    if (edges_[slot].key == key) return edges_[slot].node;
    slot = (slot + 1) & (edges_.size() - 1);
  }
  return 0;
}

std::int32_t WordTable::Find(const WordBlock& word) const {
  std::size_t slot = HashWord(word) & (words_.size() - 1);
  while (words_[slot].id >= 0 && words_[slot].word != word) slot = (slot + 1) & (words_.size() - 1);
  return words_[slot].id;
}

template <typename Take>
inline bool WordTable::Walk(const std::uint8_t* word, std::size_t size, const Take& take) const {
  if (size <= WordBlock::kSize) {
    WordBlock whole;
    std::memcpy(&whole, word, sizeof whole);
    whole.low = FirstBytes(whole.low, std::min<std::size_t>(size, 8));
    whole.high = FirstBytes(whole.high, size - std::min<std::size_t>(size, 8));
    if (const std::int32_t id = Find(whole); id >= 0) {
      take(id, size);
      return true;
    }
  }
  std::size_t start = 0;
  while (start < size) {
    std::uint32_t node = start == 0 ? kFirst : kContinuation;
    std::int32_t best = -1;
    std::size_t best_end = start;
    for (std::size_t i = start; i < size; ++i) {
      node = Follow(node, word[i]);
      if (node == 0) break;
      if (id_of_node_[node] >= 0) {
        best = id_of_node_[node];
        best_end = i + 1;
      }
    }
    if (best < 0) return false;
    take(best, best_end);
    start = best_end;
  }
  return true;
}

bool WordTable::Match(const std::uint8_t* word, std::size_t size,
                      std::vector<std::int32_t>& ids) const {
  const std::size_t before = ids.size();
  if (Walk(word, size, [&](std::int32_t id, std::size_t) { ids.push_back(id); })) return true;
  ids.resize(before);
  return false;
}

bool WordTable::Match(const std::uint8_t* word, std::size_t size,
                      std::vector<Piece>& pieces) const {
  const std::size_t before = pieces.size();
  const auto take = [&](std::int32_t id, std::size_t end) { pieces.push_back({id, end}); };
  if (Walk(word, size, take)) return true;
  pieces.resize(before);
  return false;
}

}  // namespace shoal
