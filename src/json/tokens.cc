#include "json/tokens.h"

#include <simdjson.h>

#include "base/check.h"
#include "base/utf8.h"

namespace shoal {
namespace {

using Fault = JsonTokens::Fault;

// One past the end of the string that begins at `begin`, or what is wrong with it.
std::optional<Fault> ScanString(std::string_view text, std::size_t begin, std::size_t& end) {
  for (std::size_t i = begin + 1; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20) return Fault{Fault::Kind::kControlCharacter, i, true};
    if (c == '"') {
      end = i + 1;
      return std::nullopt;
    }
    if (c == '\\') ++i;
  }
  return Fault{Fault::Kind::kUnclosedString, begin, true};
}

}  // namespace

struct JsonTokens::Parser {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stages;
};

JsonTokens::JsonTokens() : parser_(std::make_unique<Parser>()) {}
JsonTokens::~JsonTokens() = default;

bool JsonTokens::EndsARun(char c) {
  return IsSpace(c) || c == '{' || c == '}' || c == '[' || c == ']' || c == ':' || c == ',' ||
         c == '"';
}

void JsonTokens::Reserve(std::size_t bytes) {
  CHECK(bytes <= kMaxBytes, "the caller refuses what is too large");
  // The depth is that of the second stage, which is not used.
  const simdjson::error_code error =
      simdjson::get_active_implementation()->create_dom_parser_implementation(bytes, 1,
                                                                              parser_->stages);
  CHECK(error == simdjson::SUCCESS, "there is memory for the tokens of a text");
  begins_ = parser_->stages->structural_indexes.get();
}

std::optional<Fault> JsonTokens::Find(std::string_view text) {
  // simdjson's code for processors without vector instructions reads bytes behind the text.
  if (simdjson::get_active_implementation()->name() == "fallback") return FindSlowly(text);
  Reserve(text.size());
  const simdjson::error_code error =
      parser_->stages->stage1(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                              simdjson::stage1_mode::regular);
  if (error != simdjson::SUCCESS) return FindSlowly(text);
  text_ = text;
  count_ = parser_->stages->n_structural_indexes;
  return std::nullopt;
}

std::optional<Fault> JsonTokens::FindSlowly(std::string_view text) {
  if (parser_->stages == nullptr) Reserve(text.size());
  const std::optional<std::size_t> bad = FirstInvalidUtf8(text);
  text_ = text.substr(0, bad.value_or(text.size()));
  count_ = 0;
  for (std::size_t i = 0; i < text_.size();) {
    if (IsSpace(text_[i])) {
      ++i;
      continue;
    }
    begins_[count_++] = static_cast<std::uint32_t>(i);
    if (text_[i] != '"') {
      const bool is_run = !EndsARun(text_[i++]);
      while (is_run && i < text_.size() && !EndsARun(text_[i])) ++i;
    } else if (const std::optional<Fault> fault = ScanString(text_, i, i)) {
      if (bad && fault->kind == Fault::Kind::kUnclosedString) break;
      return fault;
    }
  }
  if (!bad) return std::nullopt;
  const bool in_string = count_ > 0 && text_[Begin(count_ - 1)] == '"';
  return Fault{Fault::Kind::kUtf8, *bad, in_string};
}

}  // namespace shoal
