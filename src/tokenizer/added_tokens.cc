#include "tokenizer/added_tokens.h"

#include <algorithm>
#include <utility>

#include "tokenizer/unicode.h"

namespace shoal {
namespace {

bool EndsWithWord(std::string_view text) {
  if (text.empty()) return false;
  std::size_t last = PreviousCodePoint(text, text.size());
  return IsWordCharacter(NextCodePoint(text, &last));
}

bool StartsWithWord(std::string_view text) {
  std::size_t first = 0;
  return !text.empty() && IsWordCharacter(NextCodePoint(text, &first));
}

// Where the spaces begin that `text` ends with.
std::size_t SpacesAtEnd(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0) {
    const std::size_t before = PreviousCodePoint(text, begin);
    std::size_t at = before;
    if (!IsWhiteSpace(NextCodePoint(text, &at))) break;
    begin = before;
  }
  return begin;
}

// Where the spaces end that stand at `position`.
std::size_t SpacesFrom(std::string_view text, std::size_t position) {
  while (position < text.size()) {
    std::size_t next = position;
    if (!IsWhiteSpace(NextCodePoint(text, &next))) break;
    position = next;
  }
  return position;
}

}  // namespace

bool AddedTokens::Insert(AddedToken token) {
  std::uint32_t node = 0;
  for (const char c : token.content) {
    const std::uint32_t key = node << 8 | static_cast<std::uint8_t>(c);
    const auto [edge, is_new] = edges_.emplace(key, token_of_node_.size());
    if (is_new) token_of_node_.push_back(-1);
    node = edge->second;
  }
  if (token_of_node_[node] >= 0) return false;
  token_of_node_[node] = static_cast<std::int32_t>(tokens_.size());
  const char first = token.content.front();
  starts_[static_cast<std::uint8_t>(first)] = true;
  only_start_.reset();
  if (std::ranges::count(starts_, true) == 1) only_start_ = first;
  tokens_.push_back(std::move(token));
  return true;
}

const AddedToken* AddedTokens::Longest(std::string_view text) const {
  std::uint32_t node = 0;
  std::int32_t best = -1;
  for (const char c : text) {
    const auto edge = edges_.find(node << 8 | static_cast<std::uint8_t>(c));
    if (edge == edges_.end()) break;
    node = edge->second;
    if (token_of_node_[node] >= 0) best = token_of_node_[node];
  }
  return best < 0 ? nullptr : &tokens_[static_cast<std::size_t>(best)];
}

std::size_t AddedTokens::FindStart(std::string_view text, std::size_t position) const {
  if (only_start_) return std::min(text.find(*only_start_, position), text.size());
  while (position < text.size() && !starts_[static_cast<std::uint8_t>(text[position])]) ++position;
  return position;
}

std::optional<AddedTokens::Match> AddedTokens::Next(std::string_view text, std::size_t* position,
                                                    std::size_t taken) const {
  if (tokens_.empty()) return {};
  while ((*position = FindStart(text, *position)) < text.size()) {
    const AddedToken* const token = Longest(text.substr(*position));
    if (token == nullptr) {
      ++*position;
      continue;
    }
    // A token that does not count here still hides those that begin inside it.
    Match match{.begin = *position, .end = *position + token->content.size(), .id = token->id};
    *position = match.end;
    if (special_as_text_ && token->special) continue;
    if (token->single_word &&
        (EndsWithWord(text.substr(0, match.begin)) || StartsWithWord(text.substr(match.end)))) {
      continue;
    }
    if (token->lstrip) match.begin = std::max(SpacesAtEnd(text.substr(0, match.begin)), taken);
    if (token->rstrip) match.end = SpacesFrom(text, match.end);
    return match;
  }
  return {};
}

}  // namespace shoal
