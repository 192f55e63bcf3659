// Bytes as the files that a folder's tokenizer is made of: refused with a message that names the
// file, or understood within the limits that the tokenizer relies on.
//
//   tokenizer.json 0 tokenizer_config.json 0 special_tokens_map.json 0 added_tokens.json 0
//   vocab.txt
//
// An empty file is not there.
#include "model/tokenizer_files.h"

#include <algorithm>
#include <set>
#include <string>

#include "base/check.h"

namespace shoal {
namespace {

constexpr int kRows = 40;

// The next file of `rest`, which moves behind it.
std::string_view NextFile(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\0'), rest.size());
  const std::string_view file = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return file;
}

// False: the input is no JSON there.
bool ReadJson(std::string_view text, const char* name, std::optional<JsonValue>& out) {
  if (text.empty()) return true;
  Result<JsonValue> value = ParseJson(text, {.name = name});
  if (value.ok()) out = *std::move(value);
  return value.ok();
}

void CheckSpec(const TokenizerSpec& spec) {
  std::set<std::string> contents;
  std::set<std::int32_t> ids;
  for (const AddedToken& token : spec.added) {
    CHECK(!token.content.empty() && contents.insert(token.content).second, "each content once");
    CHECK(token.id >= 0 && token.id < kRows && ids.insert(token.id).second, "each id once");
  }
  CHECK(!spec.vocabulary.empty(), "there is a vocabulary");
  for (const VocabularyToken& token : spec.vocabulary) {
    CHECK(token.id >= 0 && token.id < kRows, "every token has a row");
  }
  CHECK(spec.max_word_characters > 0 && spec.max_word_characters <= kMostWordCharacters,
        "words are of a length that the tokenizer takes");
}

}  // namespace
}  // namespace shoal

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  shoal::TokenizerFiles files;
  if (!shoal::ReadJson(shoal::NextFile(rest), "tokenizer.json", files.tokenizer) ||
      !shoal::ReadJson(shoal::NextFile(rest), "tokenizer_config.json", files.config) ||
      !shoal::ReadJson(shoal::NextFile(rest), "special_tokens_map.json",
                       files.special_tokens_map) ||
      !shoal::ReadJson(shoal::NextFile(rest), "added_tokens.json", files.added_tokens)) {
    return 0;
  }
  if (auto vocabulary = shoal::ReadVocabulary(rest); vocabulary.ok()) {
    if (vocabulary->size() <= shoal::kRows) files.vocabulary = *std::move(vocabulary);
  }
  const auto spec = shoal::ReadTokenizer(files, shoal::kRows);
  if (spec.ok()) {
    shoal::CheckSpec(*spec);
    return 0;
  }
  const std::string& message = spec.status().message();
  const std::size_t colon = message.find(": ");
  CHECK(colon != message.npos &&
            (message.substr(0, colon).ends_with(".json") || message.starts_with("vocab.txt")),
        "an error names the file");
  return 0;
}
