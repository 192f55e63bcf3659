#include "model/added_token_ids.h"

#include <algorithm>
#include <utility>

namespace shoal {
namespace {

constexpr std::size_t kMostBytes = 4'000'000;  // of all added tokens

}  // namespace

AddedTokenIds::AddedTokenIds(const std::vector<VocabularyToken>& vocabulary, int vocabulary_size)
    : end_(vocabulary_size) {
  vocabulary_.reserve(vocabulary.size());
  for (const VocabularyToken& token : vocabulary) vocabulary_.emplace(token.text, token.id);
}

std::optional<std::int32_t> AddedTokenIds::Find(const std::string& content) const {
  if (const auto added = added_.find(content); added != added_.end()) return added->second.id;
  if (const auto token = vocabulary_.find(content); token != vocabulary_.end()) {
    return token->second;
  }
  return {};
}

Status AddedTokenIds::Add(const std::vector<TokenToAdd>& tokens) {
  auto next_id = static_cast<std::int32_t>(vocabulary_.size());
  if (!content_of_id_.empty()) next_id = std::max(next_id, content_of_id_.rbegin()->first + 1);
  for (const TokenToAdd& token : tokens) RETURN_IF_ERROR(AddOne(token, next_id));
  return {};
}

Status AddedTokenIds::AddOne(const TokenToAdd& to_add, std::int32_t& next_id) {
  AddedToken token = to_add.token;
  if (token.content.empty()) return {};  // as in the reference
  const std::optional<std::int32_t> known = Find(token.content);
  token.id = known ? *known : next_id++;
  token.normalized = to_add.normalized.value_or(!token.special);
  const std::string named = to_add.where + "is \"" + token.content + "\", which has id " +
                            std::to_string(token.id) + ", expected ";
  if (to_add.stated_id && *to_add.stated_id != token.id) {
    return InvalidArgumentError(
        named + "the id that is stated, " + std::to_string(*to_add.stated_id) +
        ": added tokens keep the id of the vocabulary, or follow behind it");
  }
  if (token.id >= end_) {
    if (to_add.in_no_file) return {};
    return InvalidArgumentError(named + "less than vocab_size of config.json, " +
                                std::to_string(end_));
  }
  const auto [owner, is_free] = content_of_id_.emplace(token.id, token.content);
  if (!is_free && owner->second != token.content) {
    return InvalidArgumentError(named + "another than that of \"" + owner->second + "\"");
  }
  bytes_ += token.content.size();
  if (bytes_ > kMostBytes) {
    return InvalidArgumentError(to_add.where + "has more than " + std::to_string(kMostBytes) +
                                " bytes with the added tokens before it");
  }
  if (const auto before = added_.find(token.content); before != added_.end()) {
    token.special = token.special || before->second.special;
  }
  added_[token.content] = std::move(token);
  return {};
}

std::vector<AddedToken> AddedTokenIds::InOrder() const {
  std::vector<AddedToken> tokens;
  for (const auto& [id, content] : content_of_id_) tokens.push_back(added_.at(content));
  return tokens;
}

}  // namespace shoal
