// Added tokens part the text; each part is read in one pass. No normalised copy of it is made, so
// it stops once there are enough pieces.
//
//   code points ─► Part ─► marks_ ─► Character ─► word_ ─► EndWord ─► ids_
//                  (decomposed)      (lower case)          (longest match)
//
// Only marks must wait: canonical order sorts them by class, and the next one may have to go first.
// A nonspacing mark is dropped at once; any other is held until a character that is no mark comes
// (EndMarks). Most words never get there: WholeWord reads up to 15 ASCII letters and digits at once
// and looks the word up whole.
//
// Only where added tokens are to be found in normalised text is that text made, part by part. It is
// then parted once more, and read by rules that change no character.
#include "tokenizer/tokenizer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <unordered_map>
#include <utility>

#include "tokenizer/added_tokens.h"
#include "tokenizer/ascii_word.h"
#include "tokenizer/unicode.h"
#include "tokenizer/word_table.h"

namespace shoal {
namespace {

constexpr std::size_t kUsualWordCharacters = 100;

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

// What becomes of a character.
struct Rules {
  Rules(bool lower, bool strip, bool split)
      : lower_case(lower), strip_accents(strip), split_ideographs(split) {
    for (std::size_t c = 0; c < 128; ++c) {
      const bool upper = lower && c >= 'A' && c <= 'Z';
      lower_ascii[c] = static_cast<std::uint8_t>(upper ? c + 32 : c);
    }
  }

  bool lower_case;
  bool strip_accents;
  bool split_ideographs;
  std::array<std::uint8_t, 128> lower_ascii;
};

}  // namespace

struct Tokenizer::Impl {
  Impl(const TokenizerSpec& spec, const TokenizerOptions& the_options)
      : options(the_options),
        table(spec.vocabulary, spec.continuing_prefix),
        ascii(AsciiClasses()),
        rules(spec.lower_case, spec.strip_accents, spec.split_ideographs),
        plain_rules(false, false, spec.split_ideographs),
        longest_word(static_cast<std::size_t>(spec.max_word_characters)),
        added(the_options.special_tokens_as_text),
        normalized_added(the_options.special_tokens_as_text) {}

  TokenizerOptions options;
  std::size_t count = 0;
  WordTable table;
  std::array<AsciiClass, 128> ascii;
  Rules rules;
  Rules plain_rules;         // for text that is normalised already
  std::size_t longest_word;  // characters; a longer one is unknown
  AddedTokens added;
  AddedTokens normalized_added;               // to be found in normalised text
  std::array<std::int32_t, 128> punctuation;  // the id of each character that is a word
  std::int32_t unknown = -1;
  std::int32_t first = -1;  // [CLS]
  std::int32_t last = -1;   // [SEP]
};

namespace {

// Normalises the characters that are not ASCII, and hands them to the Derived: Character(c) for
// each, Space() where words end.
template <typename Derived>
class Characters {
 protected:
  explicit Characters(const Rules& rules) : rules_(rules) {}

  void Other(char32_t c) {
    if (IsRemoved(c)) return;
    const bool alone = rules_.split_ideographs && IsIdeograph(c);
    if (alone || IsSpace(c)) {
      EndMarks();
      derived().Space();
      if (!alone) return;
    }
    if (rules_.strip_accents) {
      char32_t parts[kMaxDecomposed];
      const int count = Decompose(c, parts);
      for (int i = 0; i < count; ++i) Part(parts[i]);
    } else if (c == 0x130 && rules_.lower_case) {  // the only one whose lower case is two
      derived().Character('i');
      derived().Character(0x307);
    } else {
      derived().Character(Lower(c));
    }
    if (!alone) return;
    EndMarks();
    derived().Space();
  }

  void EndMarks() {
    if (marks_.empty()) return;
    std::stable_sort(marks_.begin(), marks_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& mark : marks_) derived().Character(Lower(mark.second));
    marks_.clear();
  }

  const Rules& rules_;
  std::vector<std::pair<int, char32_t>> marks_;  // since the last starter: class, spacing mark

 private:
  Derived& derived() { return static_cast<Derived&>(*this); }

  char32_t Lower(char32_t c) const { return rules_.lower_case ? ToLower(c) : c; }

  // Dropping a mark before the others are sorted is the same as after: the sort is stable.
  void Part(char32_t c) {
    if (IsNonspacingMark(c)) {
      if (CombiningClass(c) == 0) EndMarks();
    } else if (const int combining = CombiningClass(c); combining != 0) {
      marks_.emplace_back(combining, c);
    } else {
      EndMarks();
      derived().Character(Lower(c));
    }
  }
};

// Writes the normalised text.
class Normalization : public Characters<Normalization> {
 public:
  Normalization(const Rules& rules, const std::array<AsciiClass, 128>& ascii)
      : Characters(rules), ascii_(ascii) {}

  std::string Run(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size()) {
      const auto byte = static_cast<std::uint8_t>(text[i]);
      if (byte >= 128) {
        Other(NextCodePoint(text, &i));
        continue;
      }
      ++i;
      if (ascii_[byte] == AsciiClass::kRemoved) continue;
      EndMarks();
      out_ +=
          ascii_[byte] == AsciiClass::kSpace ? ' ' : static_cast<char>(rules_.lower_ascii[byte]);
    }
    EndMarks();
    return std::move(out_);
  }

 private:
  friend class Characters<Normalization>;

  void Space() { out_ += ' '; }
  void Character(char32_t c) {
    std::uint8_t bytes[4];
    const int size = WriteCodePoint(c, bytes);
    out_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }

  const std::array<AsciiClass, 128>& ascii_;
  std::string out_;
};

// Collects the characters of a word and matches it when the word ends.
template <typename Impl>
class Encoding : public Characters<Encoding<Impl>> {
 public:
  // Appends to `ids`, `most` at most once it is cut.
  Encoding(const Impl& impl, const Rules& rules, std::size_t most, CutSide side,
           std::vector<std::int32_t>& ids)
      : Base(rules),
        impl_(impl),
        ids_(ids),
        most_(most),
        start_(ids.size()),
        enough_(start_ + (side == CutSide::kLeft ? 2 * most : most)),
        left_(side == CutSide::kLeft) {
    if (impl.longest_word <= kUsualWordCharacters) return;
    long_word_.resize(4 * (impl.longest_word + 1) + WordBlock::kSize);
    word_ = long_word_.data();
  }

  void Run(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size() && WantsMore()) {
      const auto byte = static_cast<std::uint8_t>(text[i]);
      if (byte >= 128) {
        this->Other(NextCodePoint(text, &i));
        continue;
      }
      const std::size_t size =
          impl_.ascii[byte] == AsciiClass::kWord ? WholeWord(text.substr(i)) : 0;
      if (size == 0) Ascii(byte);
      i += std::max<std::size_t>(size, 1);
    }
    this->EndMarks();
    EndWord();
  }

  void Take(const AddedTokens::Match& token) { ids_.push_back(token.id); }

  // What is cut on the left makes room by losing its beginning.
  bool WantsMore() { return ids_.size() <= enough_ || (left_ && Cut()); }

  // True: there was more, now or before.
  bool Cut() {
    if (ids_.size() <= start_ + most_) return was_cut_;
    if (left_) {
      const auto first = ids_.begin() + static_cast<std::ptrdiff_t>(start_);
      ids_.erase(first, ids_.end() - static_cast<std::ptrdiff_t>(most_));
    } else {
      ids_.resize(start_ + most_);
    }
    return was_cut_ = true;
  }

 private:
  using Base = Characters<Encoding<Impl>>;
  friend Base;

  // The short way for nearly every word: it is of up to 15 ASCII letters and digits, an ASCII space
  // or punctuation character ends it, and nothing of it was read before. Matches it and returns its
  // size, with that of one space behind it. 0: this way does not do.
  std::size_t WholeWord(std::string_view text) {
    if (size_ > 0 || !this->marks_.empty() || text.size() <= WordBlock::kSize) return 0;
    WordBlock word;
    const std::size_t size = ReadAsciiWord(text.data(), this->rules_.lower_case, &word);
    if (size == 0 || size == WordBlock::kSize || size > impl_.longest_word) return 0;
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
    if (!this->marks_.empty()) this->EndMarks();
    if (kind == AsciiClass::kWord) {
      if (characters_ <= impl_.longest_word) {
        word_[size_++] = this->rules_.lower_ascii[byte];
        ++characters_;
      }
      return;
    }
    EndWord();
    if (kind == AsciiClass::kPunctuation) ids_.push_back(impl_.punctuation[byte]);
  }

  void Space() { EndWord(); }

  void Character(char32_t c) {
    const bool punctuation = IsPunctuation(c);
    if (punctuation) EndWord();
    if (characters_ <= impl_.longest_word) {
      size_ += WriteCodePoint(c, word_ + size_);
      ++characters_;
    }
    if (punctuation) EndWord();
  }

  void EndWord() {
    if (size_ == 0) return;
    if (characters_ > impl_.longest_word || !impl_.table.Match(word_, size_, ids_)) {
      ids_.push_back(impl_.unknown);
    }
    size_ = characters_ = 0;
  }

  const Impl& impl_;
  std::vector<std::int32_t>& ids_;
  const std::size_t most_;
  const std::size_t start_;   // in ids_
  const std::size_t enough_;  // ids_ beyond which there is nothing to read, or something to lose
  const bool left_;
  bool was_cut_ = false;
  std::uint8_t usual_word_[4 * (kUsualWordCharacters + 1) + WordBlock::kSize] = {};
  std::vector<std::uint8_t> long_word_;
  std::uint8_t* word_ = usual_word_;
  std::size_t size_ = 0;        // bytes of word_
  std::size_t characters_ = 0;  // of word_; one more than the longest word when it is too long
};

// Parts `text` at the tokens of `added`: `out` takes these, `read` what stands between them.
template <typename Out, typename Read>
void Split(std::string_view text, const AddedTokens& added, Out& out, const Read& read) {
  std::size_t done = 0;
  std::size_t position = 0;
  while (out.WantsMore()) {
    const auto match = added.Next(text, &position, done);
    if (!match) break;
    if (done < match->begin) read(text.substr(done, match->begin - done));
    if (out.WantsMore()) out.Take(*match);
    done = match->end;
  }
  if (done < text.size() && out.WantsMore()) read(text.substr(done));
}

// Two tokens of one content would hide each other. Normalised, they may be the same, or nothing.
template <typename Impl>
Status InsertAdded(const TokenizerSpec& spec, Impl& impl) {
  for (AddedToken token : spec.added) {
    AddedTokens& tokens = token.normalized ? impl.normalized_added : impl.added;
    const std::string content = token.content;
    if (token.normalized) token.content = Normalization(impl.rules, impl.ascii).Run(content);
    if (token.content.empty()) {
      return InvalidArgumentError("added token \"" + content +
                                  "\": is empty once it is normalised, expected a character");
    }
    if (tokens.Insert(std::move(token))) continue;
    return InvalidArgumentError("added token \"" + content +
                                "\": is the same as another once it is normalised");
  }
  return {};
}

}  // namespace

Result<Tokenizer> Tokenizer::Create(std::string_view vocabulary, const TokenizerOptions& options) {
  ASSIGN_OR_RETURN(std::vector<VocabularyToken> tokens, ReadVocabulary(vocabulary));
  return Create(BertTokenizerSpec(std::move(tokens), true), options);
}

Result<Tokenizer> Tokenizer::Create(const TokenizerSpec& spec, const TokenizerOptions& options) {
  if (options.max_tokens < 3) {
    return InvalidArgumentError("max_tokens: is " + std::to_string(options.max_tokens) +
                                ", expected at least 3");
  }
  std::unordered_map<std::string_view, std::int32_t> ids;
  auto impl = std::make_unique<Impl>(spec, options);
  for (const VocabularyToken& token : spec.vocabulary) {
    ids.emplace(token.text, token.id);
    impl->count = std::max(impl->count, static_cast<std::size_t>(token.id) + 1);
  }
  const auto missing = [&](const std::string& token) {
    return InvalidArgumentError("vocabulary: has " + std::to_string(spec.vocabulary.size()) +
                                " tokens, but no " + token);
  };
  if (!ids.contains(spec.unknown)) return missing(spec.unknown);
  impl->unknown = ids.at(spec.unknown);
  for (const AddedToken& token : spec.added) ids.emplace(token.content, token.id);
  for (const std::string& needed : {spec.first, spec.last}) {
    if (!ids.contains(needed)) return missing(needed);
  }
  impl->first = ids.at(spec.first);
  impl->last = ids.at(spec.last);
  for (std::size_t c = 0; c < 128; ++c) {
    const std::int32_t id = impl->longest_word > 0 ? impl->table.Find({.low = c}) : -1;
    impl->punctuation[c] = id >= 0 ? id : impl->unknown;
  }
  RETURN_IF_ERROR(InsertAdded(spec, *impl));
  return Tokenizer(std::move(impl));
}

Tokenizer::Tokenizer(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

bool Tokenizer::Encode(std::string_view text, std::vector<std::int32_t>& ids, CutSide side) const {
  const Impl& impl = *impl_;
  ids.push_back(impl.first);
  const std::size_t most = static_cast<std::size_t>(impl.options.max_tokens) - 2;
  const bool copies = !impl.normalized_added.empty();
  Encoding<Impl> encoding(impl, copies ? impl.plain_rules : impl.rules, most, side, ids);
  Split(text, impl.added, encoding, [&](std::string_view part) {
    if (!copies) return encoding.Run(part);
    const std::string normalized = Normalization(impl.rules, impl.ascii).Run(part);
    Split(normalized, impl.normalized_added, encoding,
          [&](std::string_view piece) { encoding.Run(piece); });
  });
  const bool cut = encoding.Cut();
  ids.push_back(impl.last);
  return cut;
}

std::size_t Tokenizer::vocabulary_size() const { return impl_->count; }
int Tokenizer::max_tokens() const { return impl_->options.max_tokens; }

}  // namespace shoal
