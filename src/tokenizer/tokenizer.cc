// Added tokens part the text; each part is read in one pass. No normalised copy of it is made, so
// it stops once there are enough pieces.
//
//   code points ─► Part ─► marks_ ─► Character ─► word_ ─► EndWord ─► ids_
//                  (decomposed)      (lower case)          (longest match)
//
// Only marks must wait (tokenizer/normalization.h). Most words never get there: WholeWord reads up
// to 15 ASCII letters and digits at once and looks the word up whole.
//
// Only where added tokens are to be found in normalised text is that text made, part by part. It is
// then parted once more, and read by rules that change no character.
//
// Who wants to know where tokens stand in the text goes another way: tokenizer_locate.cc.
#include "tokenizer/tokenizer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <unordered_map>
#include <utility>

#include "tokenizer/ascii_word.h"
#include "tokenizer/tokenizer_impl.h"

namespace shoal {
namespace {

constexpr std::size_t kUsualWordCharacters = 100;

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
          this->rules_.ascii[byte] == CharacterClass::kWord ? WholeWord(text.substr(i)) : 0;
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
    if (next >= 128 || this->rules_.ascii[next] == CharacterClass::kRemoved ||
        this->rules_.ascii[next] == CharacterClass::kWord) {
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
    const CharacterClass kind = this->rules_.ascii[byte];
    if (kind == CharacterClass::kRemoved) return;
    if (!this->marks_.empty()) this->EndMarks();
    if (kind == CharacterClass::kWord) {
      if (characters_ <= impl_.longest_word) {
        word_[size_++] = this->rules_.lower_ascii[byte];
        ++characters_;
      }
      return;
    }
    EndWord();
    if (kind == CharacterClass::kPunctuation) ids_.push_back(impl_.punctuation[byte]);
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

// Two tokens of one content would hide each other. Normalised, they may be the same, or nothing.
template <typename Impl>
Status InsertAdded(const TokenizerSpec& spec, Impl& impl) {
  for (AddedToken token : spec.added) {
    AddedTokens& tokens = token.normalized ? impl.normalized_added : impl.added;
    const std::string content = token.content;
    if (token.normalized) token.content = Normalization<NoPlaces>(impl.rules).Run(content);
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
  impl->first = {.id = ids.at(spec.first), .text = spec.first};
  impl->last = {.id = ids.at(spec.last), .text = spec.last};
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
  ids.push_back(impl.first.id);
  const std::size_t most = static_cast<std::size_t>(impl.options.max_tokens) - 2;
  const bool copies = !impl.normalized_added.empty();
  Encoding<Impl> encoding(impl, copies ? impl.plain_rules : impl.rules, most, side, ids);
  Split(text, impl.added, encoding, [&](std::string_view part) {
    if (!copies) return encoding.Run(part);
    const std::string normalized = Normalization<NoPlaces>(impl.rules).Run(part);
    Split(normalized, impl.normalized_added, encoding,
          [&](std::string_view piece) { encoding.Run(piece); });
  });
  const bool cut = encoding.Cut();
  ids.push_back(impl.last.id);
  return cut;
}

std::size_t Tokenizer::vocabulary_size() const { return impl_->count; }
int Tokenizer::max_tokens() const { return impl_->options.max_tokens; }
const SpecialToken& Tokenizer::first() const { return impl_->first; }
const SpecialToken& Tokenizer::last() const { return impl_->last; }

}  // namespace shoal
