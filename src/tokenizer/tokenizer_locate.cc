// Tokens with their places. Not the way of Encode: the text is normalised first, with the place of
// each byte, and words are cut out of that.
#include "tokenizer/tokenizer.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "tokenizer/tokenizer_impl.h"

namespace shoal {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 30;

// The tokens of a text, as they are found.
struct Found {
  bool WantsMore() const { return tokens.size() <= most; }
  void Take(const AddedTokens::Match& token) {  // in the text itself
    tokens.push_back({.id = token.id,
                      .begin = static_cast<std::uint32_t>(token.begin),
                      .end = static_cast<std::uint32_t>(token.end)});
  }

  const std::size_t most;
  std::vector<TextToken>& tokens;
};

// Reads what stands between added tokens, once it is normalised.
template <typename Impl>
class Words {
 public:
  // Behind `text` another WordBlock::kSize bytes can be read. `places`: one for each of its bytes.
  Words(const Impl& impl, std::string_view text, const std::vector<Place>& places, Found& found)
      : impl_(impl), text_(text), places_(places), found_(found) {}

  bool WantsMore() const { return found_.WantsMore(); }

  void Take(const AddedTokens::Match& token) { Add(token.id, token.begin, token.end); }

  // `part` is of the text.
  void Run(std::string_view part) {
    const auto start = static_cast<std::size_t>(part.data() - text_.data());
    std::size_t word = 0;        // where it begins
    std::size_t characters = 0;  // it has
    std::size_t i = 0;
    const auto end_word = [&](std::size_t end) {
      if (characters > 0) Match(start + word, start + end, characters);
      characters = 0;
    };
    while (i < part.size() && WantsMore()) {
      const std::size_t begin = i;
      const char32_t c = NextCodePoint(part, &i);
      const CharacterClass kind = KindOf(c);
      const bool alone = kind == CharacterClass::kPunctuation;
      if (kind != CharacterClass::kWord) end_word(begin);
      if (kind == CharacterClass::kSpace) continue;
      if (characters++ == 0) word = begin;
      if (alone) end_word(i);
    }
    end_word(i);
  }

 private:
  // Nothing that is removed is left.
  CharacterClass KindOf(char32_t c) const {
    if (c < 128) return impl_.rules.ascii[c];
    if (IsPunctuation(c)) return CharacterClass::kPunctuation;
    return IsSpace(c) ? CharacterClass::kSpace : CharacterClass::kWord;
  }

  void Match(std::size_t begin, std::size_t end, std::size_t characters) {
    const auto* const word = reinterpret_cast<const std::uint8_t*>(text_.data()) + begin;
    pieces_.clear();
    if (characters > impl_.longest_word || !impl_.table.Match(word, end - begin, pieces_)) {
      return Add(impl_.unknown, begin, end);
    }
    std::size_t piece = begin;
    for (const WordTable::Piece& next : pieces_) {
      Add(next.id, piece, begin + next.end);
      piece = begin + next.end;
    }
  }

  // Bytes of the normalised text.
  void Add(std::int32_t id, std::size_t begin, std::size_t end) {
    found_.tokens.push_back({.id = id, .begin = places_[begin].begin, .end = places_[end - 1].end});
  }

  const Impl& impl_;
  const std::string_view text_;
  const std::vector<Place>& places_;
  Found& found_;
  std::vector<WordTable::Piece> pieces_;
};

}  // namespace

bool Tokenizer::Locate(std::string_view text, std::size_t most,
                       std::vector<TextToken>& tokens) const {
  CHECK(text.size() <= kMostBytes, "places have 32 bits");
  const Impl& impl = *impl_;
  Found found = {.most = most, .tokens = tokens};
  Split(text, impl.added, found, [&](std::string_view part) {
    Normalization<Places> normalization(
        impl.rules, Places(static_cast<std::size_t>(part.data() - text.data())));
    std::string normalized = normalization.Run(part);
    const std::size_t size = normalized.size();
    normalized.append(WordBlock::kSize, '\0');
    const std::vector<Place> places = normalization.TakePlaces();
    const std::string_view whole(normalized.data(), size);
    Words<Impl> words(impl, whole, places, found);
    Split(whole, impl.normalized_added, words, [&](std::string_view piece) { words.Run(piece); });
  });
  return found.WantsMore();
}

}  // namespace shoal
