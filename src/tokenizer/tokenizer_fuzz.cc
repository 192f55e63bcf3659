// Bytes as options, vocabulary and text: whatever they are, the ids are a frame of known tokens,
// and say the same however the text came in and wherever it is cut; each stands at characters of
// it.
//
//   byte 0   bit 0: lower case, bit 1: special tokens as text, bits 2-3: max_tokens, bit 4: the
//            fixed vocabulary follows that of the input, bit 5: lines of the vocabulary that end in
//            a digit are added tokens with the flags of that digit, bit 6: accents are kept if
//            lower case, else stripped, bit 7: short words only, other prefix, no ideographs
//   byte 1   the vocabulary's size in the input, then its bytes
//   rest     the text; what of it is not UTF-8 is left out, as the edge refuses such a text
#include "tokenizer/tokenizer.h"

#include <utf8proc.h>

#include <algorithm>
#include <string>

#include "base/check.h"
#include "base/utf8.h"

namespace shoal {
namespace {

using Ids = std::vector<std::int32_t>;

constexpr std::string_view kVocabulary =
    "\n[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n##s\nhe\n##llo\nhello\n!\n[\n]\n'\n.\na\nb\nc\n##a"
    "\n##b\n##c\nab\n##bc\n1\n##2\n##\n#\ne\n##e\n\xC3\xA9\n\xE4\xB8\xAD\n\xD0\xB6\n##\xD0\xB6"
    "\n\xE1\x84\x92\n##\xE1\x85\xA1\naveryveryverylongtoken\nsixteencharacte\n";

// Whether utf8proc takes this as UTF-8 too, read one code point after the other.
std::size_t ValidPrefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    utf8proc_int32_t code_point = 0;
    const auto size =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                         static_cast<utf8proc_ssize_t>(text.size() - at), &code_point);
    if (size <= 0) break;
    at += static_cast<std::size_t>(size);
  }
  return at;
}

// `text` without the bytes that are no UTF-8.
std::string ValidPartOf(std::string_view text) {
  std::string valid;
  while (true) {
    const std::size_t bad = FirstInvalidUtf8(text).value_or(text.size());
    CHECK(bad == ValidPrefix(text), "UTF-8 is what utf8proc takes for it");
    valid += text.substr(0, bad);
    if (bad == text.size()) return valid;
    text.remove_prefix(bad + 1);
  }
}

struct Encoded {
  Ids ids;
  bool cut = false;
  friend bool operator==(const Encoded&, const Encoded&) = default;
};

// Reads a copy of exactly the text's size, behind ids that stand there already.
Encoded Encode(const Tokenizer& tokenizer, std::string_view text, CutSide side = CutSide::kRight) {
  const std::vector<char> exact(text.begin(), text.end());
  Encoded result;
  result.ids = {-7};
  result.cut = tokenizer.Encode({exact.data(), exact.size()}, result.ids, side);
  CHECK(result.ids.front() == -7, "earlier ids stay");
  result.ids.erase(result.ids.begin());
  return result;
}

void CheckFrame(const Tokenizer& tokenizer, const Encoded& encoded, const Encoded& empty,
                std::size_t count) {
  const auto most = static_cast<std::size_t>(tokenizer.max_tokens());
  CHECK(empty.ids.size() == 2 && !empty.cut, "an empty text is only the frame");
  CHECK(encoded.ids.size() >= 2 && encoded.ids.size() <= most, "as many ids as fit");
  CHECK(encoded.ids.front() == empty.ids.front(), "[CLS] first");
  CHECK(encoded.ids.back() == empty.ids.back(), "[SEP] last");
  CHECK(!encoded.cut || encoded.ids.size() == most, "only what is too long is cut");
  for (const std::int32_t id : encoded.ids) {
    CHECK(id >= 0 && static_cast<std::size_t>(id) < count, "a known token");
  }
}

// With room for all of it the text has the same first pieces.
void CheckCut(const Encoded& encoded, const Encoded& whole) {
  CHECK(!whole.cut, "there is room for every piece");
  CHECK(encoded.cut == (whole.ids.size() > encoded.ids.size()), "cut means there is more");
  CHECK(std::equal(encoded.ids.begin(), encoded.ids.end() - 1, whole.ids.begin()),
        "the first pieces of a text do not depend on where it is cut");
}

// And the same last pieces.
void CheckLeftCut(const Encoded& left, const Encoded& encoded, const Encoded& whole) {
  CHECK(left.cut == encoded.cut && left.ids.size() == encoded.ids.size(), "both are cut alike");
  CHECK(left.ids.front() == whole.ids.front(), "[CLS] first");
  CHECK(std::equal(left.ids.rbegin(), left.ids.rend() - 1, whole.ids.rbegin()),
        "the last pieces of a text do not depend on where it is cut");
}

// The ids are those of the other way, and stand one behind the other at characters of the text.
void CheckPlaces(const Tokenizer& tokenizer, const std::string& text, const Encoded& whole) {
  const auto is_boundary = [&](std::size_t at) {
    return at == text.size() || (static_cast<std::uint8_t>(text[at]) & 0xC0) != 0x80;
  };
  std::vector<TextToken> tokens;
  CHECK(tokenizer.Locate(text, whole.ids.size() - 2, tokens), "as many as wanted");
  CHECK(tokens.size() + 2 == whole.ids.size(), "as many as the other way");
  TextToken before;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const TextToken& token = tokens[i];
    CHECK(token.id == whole.ids[i + 1], "the ids of the other way");
    CHECK(token.begin < token.end && token.end <= text.size(), "bytes of the text");
    CHECK(is_boundary(token.begin) && is_boundary(token.end), "whole characters");
    CHECK(token.begin >= before.begin && token.end >= before.end, "in their order");
    before = token;
  }
}

// Makes added tokens of the lines that end in a digit. The largest id and one.
std::size_t AddTokens(TokenizerSpec& spec) {
  std::int32_t next = 0;
  for (const VocabularyToken& token : spec.vocabulary) next = std::max(next, token.id + 1);
  for (const VocabularyToken& token : spec.vocabulary) {
    if (token.text.size() < 2 || token.text.back() < '0' || token.text.back() > '9') continue;
    if (FirstInvalidUtf8(token.text)) continue;
    const int flags = token.text.back() - '0';
    spec.added.push_back({.content = token.text.substr(0, token.text.size() - 1),
                          .id = next++,
                          .single_word = (flags & 1) != 0,
                          .lstrip = (flags & 2) != 0,
                          .rstrip = (flags & 2) != 0,
                          .normalized = (flags & 4) != 0,
                          .special = flags >= 8});
  }
  return static_cast<std::size_t>(next);
}

struct Case {
  std::string_view vocabulary;
  std::uint8_t flags = 0;
  bool adds() const { return (flags & 32) != 0; }
};

Result<TokenizerSpec> SpecOf(const Case& input, std::size_t* count) {
  ASSIGN_OR_RETURN(std::vector<VocabularyToken> vocabulary, ReadVocabulary(input.vocabulary));
  TokenizerSpec spec = BertTokenizerSpec(std::move(vocabulary), (input.flags & 1) != 0);
  *count = spec.vocabulary.size();
  if (input.adds()) *count = AddTokens(spec);
  if ((input.flags & 64) != 0) spec.strip_accents = !spec.strip_accents;
  if ((input.flags & 128) != 0) {
    spec.max_word_characters = 7;
    spec.continuing_prefix = "a";
    spec.split_ideographs = false;
  }
  return spec;
}

void Run(const Case& input, TokenizerOptions options, const std::string& text) {
  std::size_t count = 0;
  const auto spec = SpecOf(input, &count);
  const auto tokenizer = spec.ok() ? Tokenizer::Create(*spec, options) : spec.status();
  if (!tokenizer.ok()) {
    const std::string& message = tokenizer.status().message();
    CHECK(message.starts_with("vocabulary") || message.starts_with("added token"),
          "an error says what is wrong");
    return;
  }
  const Encoded encoded = Encode(*tokenizer, text);
  CheckFrame(*tokenizer, encoded, Encode(*tokenizer, {}), count);
  if (!input.adds()) {  // an added token may be a space
    // The short way for words needs 16 bytes behind them: only these let it be taken at the end.
    CHECK(Encode(*tokenizer, text + std::string(17, ' ')) == encoded, "space behind says nothing");
    CHECK(Encode(*tokenizer, "\t \n" + text) == encoded, "space in front says nothing");
  }
  options.max_tokens = static_cast<int>(4 * text.size() + 3);  // one character is up to 4 pieces
  const Encoded whole = Encode(Tokenizer::Create(*spec, options).value(), text);
  CheckCut(encoded, whole);
  CheckPlaces(*tokenizer, text, whole);
  CheckLeftCut(Encode(*tokenizer, text, CutSide::kLeft), encoded, whole);
}

}  // namespace
}  // namespace shoal

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  constexpr int kMaxTokens[] = {3, 4, 16, 512};
  const shoal::TokenizerOptions options = {.max_tokens = kMaxTokens[data[0] >> 2 & 3],
                                           .special_tokens_as_text = (data[0] & 2) != 0};
  const std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t vocabulary_size = std::min<std::size_t>(data[1], rest.size());
  std::string vocabulary(rest.substr(0, vocabulary_size));
  if ((data[0] & 16) != 0) vocabulary += shoal::kVocabulary;
  shoal::Run({.vocabulary = vocabulary, .flags = data[0]}, options,
             shoal::ValidPartOf(rest.substr(vocabulary_size)));
  return 0;
}
