#include "api/tokenizer_spec.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace shoal {
namespace {

constexpr std::ptrdiff_t kMostTokens = std::ptrdiff_t{1} << 20;
constexpr std::size_t kMostBytes = 16'000'000;  // fewer than the word table numbers nodes

}  // namespace

Result<std::vector<VocabularyToken>> ReadVocabulary(std::string_view lines) {
  if (lines.empty()) return InvalidArgumentError("vocabulary: is empty");
  if (lines.size() > kMostBytes) {
    return InvalidArgumentError("vocabulary: is " + std::to_string(lines.size()) +
                                " bytes, expected at most " + std::to_string(kMostBytes));
  }
  const bool open_end = lines.back() != '\n';
  if (std::ranges::count(lines, '\n') + (open_end ? 1 : 0) > kMostTokens) {
    return InvalidArgumentError("vocabulary: has more than " + std::to_string(kMostTokens) +
                                " lines");
  }
  std::vector<VocabularyToken> tokens;
  std::unordered_map<std::string_view, std::size_t> line_of;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    std::string_view token = lines.substr(0, end);
    if (token.ends_with('\r')) token.remove_suffix(1);
    tokens.push_back({.text = std::string(token), .id = static_cast<std::int32_t>(tokens.size())});
    const auto [found, is_new] = line_of.emplace(token, tokens.size());
    if (!is_new) {
      return InvalidArgumentError("vocabulary: \"" + std::string(token) + "\" is on line " +
                                  std::to_string(found->second) + " and on line " +
                                  std::to_string(tokens.size()));
    }
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return tokens;
}

TokenizerSpec BertTokenizerSpec(std::vector<VocabularyToken> vocabulary, bool lower_case) {
  constexpr std::string_view kSpecial[] = {"[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"};
  TokenizerSpec spec;
  for (const VocabularyToken& token : vocabulary) {
    if (std::ranges::find(kSpecial, token.text) == std::end(kSpecial)) continue;
    spec.added.push_back({.content = token.text, .id = token.id, .special = true});
  }
  spec.vocabulary = std::move(vocabulary);
  spec.lower_case = lower_case;
  spec.strip_accents = lower_case;
  return spec;
}

}  // namespace shoal
