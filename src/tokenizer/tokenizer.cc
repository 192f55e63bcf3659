// One pass over the text. No normalised copy of it is made, so it stops once there are enough
// pieces.
//
//   code points ─► Part ─► marks_ ─► Character ─► word_ ─► EndWord ─► ids_
//                  (decomposed)      (lower case)          (longest match)
//
// Only marks must wait: canonical order sorts them by class, and the next one may have to go first.
// A nonspacing mark is dropped at once; any other is held until a character that is no mark comes
// (EndMarks). Most words never get there: WholeWord reads up to 15 ASCII letters and digits at once
// and looks the word up whole.
#include "tokenizer/tokenizer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <unordered_map>
#include <utility>

#include "tokenizer/ascii_word.h"
#include "tokenizer/unicode.h"
#include "tokenizer/word_table.h"

namespace shoal {
namespace {

constexpr std::size_t kMostTokens = std::size_t{1} << 20;
constexpr std::size_t kMostBytes = 16'000'000;  // fewer than the word table numbers nodes
constexpr std::size_t kLongestWord = 100;       // characters; a longer one is [UNK]

enum class AsciiClass : std::uint8_t { kRemoved, kSpace, kPunctuation, kWord };

std::array<AsciiClass, 128> AsciiClasses() {
  std::array<AsciiClass, 128> classes;
  for (char32_t c = 0; c < 128; ++c) {
    classes[c] = IsSpace(c)         ? AsciiClass::kSpace
                 : IsRemoved(c)     ? AsciiClass::kRemoved
                 : IsPunctuation(c) ? AsciiClass::kPunctuation
                                    : AsciiClass::kWord;
  }
  return classes;
}

Result<std::vector<std::string_view>> SplitLines(std::string_view vocabulary) {
  if (vocabulary.empty()) return InvalidArgumentError("vocabulary: is empty");
  if (vocabulary.size() > kMostBytes) {
    return InvalidArgumentError("vocabulary: is " + std::to_string(vocabulary.size()) +
                                " bytes, expected at most " + std::to_string(kMostBytes));
  }
  std::vector<std::string_view> tokens;
  while (!vocabulary.empty()) {
    if (tokens.size() == kMostTokens) {
      return InvalidArgumentError("vocabulary: has more than " + std::to_string(kMostTokens) +
                                  " lines");
    }
    const std::size_t end = std::min(vocabulary.find('\n'), vocabulary.size());
    std::string_view token = vocabulary.substr(0, end);
    if (token.ends_with('\r')) token.remove_suffix(1);
    tokens.push_back(token);
    vocabulary.remove_prefix(std::min(end + 1, vocabulary.size()));
  }
  return tokens;
}

}  // namespace

struct Tokenizer::Impl {
  struct SpecialToken {
    std::string_view text;
    std::int32_t id;
  };

  Impl(const std::vector<std::string_view>& tokens, const TokenizerOptions& the_options)
      : options(the_options), count(tokens.size()), table(tokens), ascii(AsciiClasses()) {
    for (std::size_t c = 0; c < 128; ++c) {
      const bool upper = options.lower_case && c >= 'A' && c <= 'Z';
      lower[c] = static_cast<std::uint8_t>(upper ? c + 32 : c);
    }
  }

  TokenizerOptions options;
  std::size_t count;
  WordTable table;
  std::array<AsciiClass, 128> ascii;
  std::array<std::uint8_t, 128> lower;
  std::array<std::int32_t, 128> punctuation;  // the id of each character that is a word
  std::int32_t unknown = -1;
  std::int32_t first = -1;  // [CLS]
  std::int32_t last = -1;   // [SEP]
  std::vector<SpecialToken> special;
};

namespace {

// One text on its way: collects the characters of a word and matches it when the word ends.
template <typename Impl>
class Encoding {
 public:
  Encoding(const Impl& impl, std::vector<std::int32_t>& ids)
      : impl_(impl), ids_(ids), enough_(ids.size() + impl.options.max_tokens - 2) {}

  // True: there is at least one piece more than fits.
  bool Run(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size() && ids_.size() <= enough_) {
      const auto byte = static_cast<std::uint8_t>(text[i]);
      if (byte >= 128) {
        Other(NextCodePoint(text, &i));
        continue;
      }
      std::size_t size = 0;
      if (impl_.ascii[byte] == AsciiClass::kWord) size = WholeWord(text.substr(i));
      if (byte == '[') size = Special(text.substr(i));
      if (size > 0) {
        i += size;
        continue;
      }
      Ascii(byte);
      ++i;
    }
    EndMarks();
    EndWord();
    const bool cut = ids_.size() > enough_;
    if (cut) ids_.resize(enough_);
    return cut;
  }

 private:
  // The short way for nearly every word: it is of up to 15 ASCII letters and digits, an ASCII space
  // or punctuation character ends it, and nothing of it was read before. Matches it and returns its
  // size, with that of one space behind it. 0: this way does not do.
  std::size_t WholeWord(std::string_view text) {
    if (size_ > 0 || !marks_.empty() || text.size() <= WordBlock::kSize) return 0;
    WordBlock word;
    const std::size_t size = ReadAsciiWord(text.data(), impl_.options.lower_case, &word);
    if (size == 0 || size == WordBlock::kSize) return 0;
    const auto next = static_cast<std::uint8_t>(text[size]);
    if (next >= 128 || impl_.ascii[next] == AsciiClass::kRemoved ||
        impl_.ascii[next] == AsciiClass::kWord) {
      return 0;
    }
    if (const std::int32_t id = impl_.table.Find(word); id >= 0) {
      ids_.push_back(id);
    } else {
      std::memcpy(word_, &word, sizeof word);
      size_ = characters_ = size;
      EndWord();
    }
    return next == ' ' ? size + 1 : size;
  }

  void Ascii(std::uint8_t byte) {
    const AsciiClass kind = impl_.ascii[byte];
    if (kind == AsciiClass::kRemoved) return;
    if (!marks_.empty()) EndMarks();
    if (kind == AsciiClass::kWord) {
      if (characters_ <= kLongestWord) word_[size_++] = impl_.lower[byte], ++characters_;
      return;
    }
    EndWord();
    if (kind == AsciiClass::kPunctuation) ids_.push_back(impl_.punctuation[byte]);
  }

  // Size of the special token that `text` starts with, which is then a piece of its own; else 0.
  std::size_t Special(std::string_view text) {
    for (const auto& token : impl_.special) {
      if (!text.starts_with(token.text)) continue;
      EndMarks();
      EndWord();
      ids_.push_back(token.id);
      return token.text.size();
    }
    return 0;
  }

  void Other(char32_t c) {
    if (IsRemoved(c)) return;
    const bool alone = IsIdeograph(c);
    if (alone || IsSpace(c)) {
      EndMarks();
      EndWord();
      if (!alone) return;
    }
    if (impl_.options.lower_case) {
      char32_t parts[kMaxDecomposed];
      const int count = Decompose(c, parts);
      for (int i = 0; i < count; ++i) Part(parts[i]);
    } else {
      Character(c);
    }
    if (!alone) return;
    EndMarks();
    EndWord();
  }

  // Dropping a mark before the others are sorted is the same as after: the sort is stable.
  void Part(char32_t c) {
    if (IsNonspacingMark(c)) {
      if (CombiningClass(c) == 0) EndMarks();
    } else if (const int combining = CombiningClass(c); combining != 0) {
      marks_.emplace_back(combining, c);
    } else {
      EndMarks();
      Character(ToLower(c));
    }
  }

  void EndMarks() {
    if (marks_.empty()) return;
    std::stable_sort(marks_.begin(), marks_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& mark : marks_) Character(ToLower(mark.second));
    marks_.clear();
  }

  void Character(char32_t c) {
    const bool punctuation = IsPunctuation(c);
    if (punctuation) EndWord();
    if (characters_ <= kLongestWord) size_ += WriteCodePoint(c, word_ + size_), ++characters_;
    if (punctuation) EndWord();
  }

  void EndWord() {
    if (size_ == 0) return;
    if (characters_ > kLongestWord || !impl_.table.Match(word_, size_, ids_)) {
      ids_.push_back(impl_.unknown);
    }
    size_ = characters_ = 0;
  }

  const Impl& impl_;
  std::vector<std::int32_t>& ids_;
  const std::size_t enough_;  // size of `ids_` with which [SEP] just fits
  std::uint8_t word_[4 * (kLongestWord + 1) + WordBlock::kSize] = {};
  std::size_t size_ = 0;        // bytes of word_
  std::size_t characters_ = 0;  // of word_; one more than kLongestWord when it is too long
  std::vector<std::pair<int, char32_t>> marks_;  // since the last starter: class, spacing mark
};

}  // namespace

Result<Tokenizer> Tokenizer::Create(std::string_view vocabulary, const TokenizerOptions& options) {
  if (options.max_tokens < 3) {
    return InvalidArgumentError("max_tokens: is " + std::to_string(options.max_tokens) +
                                ", expected at least 3");
  }
  ASSIGN_OR_RETURN(const std::vector<std::string_view> tokens, SplitLines(vocabulary));
  std::unordered_map<std::string_view, std::int32_t> ids;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto [found, is_new] = ids.emplace(tokens[i], static_cast<std::int32_t>(i));
    if (!is_new) {
      return InvalidArgumentError("vocabulary: \"" + std::string(tokens[i]) + "\" is on line " +
                                  std::to_string(found->second + 1) + " and on line " +
                                  std::to_string(i + 1));
    }
  }
  for (const std::string_view needed : {"[UNK]", "[CLS]", "[SEP]"}) {
    if (ids.contains(needed)) continue;
    return InvalidArgumentError("vocabulary: has " + std::to_string(tokens.size()) +
                                " tokens, but no " + std::string(needed));
  }
  auto impl = std::make_unique<Impl>(tokens, options);
  impl->unknown = ids.at("[UNK]");
  impl->first = ids.at("[CLS]");
  impl->last = ids.at("[SEP]");
  for (std::size_t c = 0; c < 128; ++c) {
    const std::int32_t id = impl->table.Find({.low = c});
    impl->punctuation[c] = id >= 0 ? id : impl->unknown;
  }
  if (!options.special_tokens_as_text) {
    for (const std::string_view text : {"[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"}) {
      if (const auto found = ids.find(text); found != ids.end()) {
        impl->special.push_back({.text = text, .id = found->second});
      }
    }
  }
  return Tokenizer(std::move(impl));
}

Tokenizer::Tokenizer(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

bool Tokenizer::Encode(std::string_view text, std::vector<std::int32_t>& ids) const {
  ids.push_back(impl_->first);
  const bool cut = Encoding<Impl>(*impl_, ids).Run(text);
  ids.push_back(impl_->last);
  return cut;
}

std::size_t Tokenizer::vocabulary_size() const { return impl_->count; }
int Tokenizer::max_tokens() const { return impl_->options.max_tokens; }

}  // namespace shoal
