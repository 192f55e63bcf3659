// What becomes of a text before it is matched: characters removed, decomposed, in lower case.
//
// Only marks must wait: canonical order sorts them by class, and the next one may have to go first.
// A nonspacing mark is dropped at once; any other is held until a character that is no mark comes
// (EndMarks). Where it counts what place a character has in the text, dropped ones are held too:
// they take places away (tokenizer/places.h).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tokenizer/places.h"
#include "tokenizer/unicode.h"

namespace shoal {

enum class CharacterClass : std::uint8_t { kRemoved, kSpace, kPunctuation, kWord };

inline std::array<CharacterClass, 128> AsciiClasses() {
  std::array<CharacterClass, 128> classes;
  for (char32_t c = 0; c < 128; ++c) {
    classes[c] = IsSpace(c)         ? CharacterClass::kSpace
                 : IsRemoved(c)     ? CharacterClass::kRemoved
                 : IsPunctuation(c) ? CharacterClass::kPunctuation
                                    : CharacterClass::kWord;
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
  std::array<CharacterClass, 128> ascii = AsciiClasses();
};

// Normalises the characters that are not ASCII, and hands them to the Derived: Character(c) for
// each, Space() where words end. WhichPlaces: NoPlaces, or Places.
template <typename Derived, typename WhichPlaces = NoPlaces>
class Characters {
 protected:
  explicit Characters(const Rules& rules, WhichPlaces places = {})
      : rules_(rules), places_(std::move(places)) {}

  void Other(char32_t c) {
    if (IsRemoved(c)) return;
    const bool alone = rules_.split_ideographs && IsIdeograph(c);
    if (alone || IsSpace(c)) {
      EndMarks();
      places_.Pass();
      derived().Space();
      if (!alone) return;
    }
    if (rules_.strip_accents) {
      char32_t parts[kMaxDecomposed];
      const int count = Decompose(c, parts);
      for (int i = 0; i < count; ++i) Part(parts[i], i == 0);
    } else if (places_.Pass();
               c == 0x130 && rules_.lower_case) {  // the only one whose lower case is two
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
    std::stable_sort(marks_.begin(), marks_.end(), [](const Mark& a, const Mark& b) {
      return a.combining_class < b.combining_class;
    });
    for (const Mark& mark : marks_) Emit(mark);
    marks_.clear();
  }

  struct Mark {
    char32_t c;
    int combining_class;
    bool dropped;
    bool first;  // part of its character in the text
  };

  const Rules& rules_;
  WhichPlaces places_;
  std::vector<Mark> marks_;  // since the last starter: spacing ones, and all where places are kept

 private:
  Derived& derived() { return static_cast<Derived&>(*this); }

  char32_t Lower(char32_t c) const { return rules_.lower_case ? ToLower(c) : c; }

  // Dropping a mark before the others are sorted is the same as after: the sort is stable.
  void Part(char32_t c, bool first) {
    if (first) places_.Enter();
    const Mark mark = {.c = c,
                       .combining_class = CombiningClass(c),
                       .dropped = IsNonspacingMark(c),
                       .first = first};
    if (mark.combining_class == 0) {
      EndMarks();
      Emit(mark);
    } else if (WhichPlaces::kKept || !mark.dropped) {
      marks_.push_back(mark);
    }
  }

  void Emit(const Mark& mark) {
    places_.Leave(mark.first);
    if (!mark.dropped) derived().Character(Lower(mark.c));
  }
};

// Writes the normalised text.
template <typename WhichPlaces>
class Normalization : public Characters<Normalization<WhichPlaces>, WhichPlaces> {
 public:
  explicit Normalization(const Rules& rules, WhichPlaces places = {})
      : Base(rules, std::move(places)) {}

  std::string Run(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size()) {
      const std::size_t begin = i;
      const auto byte = static_cast<std::uint8_t>(text[i]);
      if (byte >= 128) {
        const char32_t c = NextCodePoint(text, &i);
        this->places_.Read(begin, i);
        this->Other(c);
        continue;
      }
      ++i;
      const CharacterClass kind = this->rules_.ascii[byte];
      if (kind == CharacterClass::kRemoved) continue;
      this->EndMarks();
      this->places_.Read(begin, i);
      this->places_.Pass();
      Write(kind == CharacterClass::kSpace ? ' '
                                           : static_cast<char>(this->rules_.lower_ascii[byte]));
    }
    this->EndMarks();
    return std::move(out_);
  }

  // Of each byte of what Run returned.
  std::vector<Place> TakePlaces() { return this->places_.Take(); }

 private:
  using Base = Characters<Normalization<WhichPlaces>, WhichPlaces>;
  friend Base;

  void Space() { Write(' '); }
  void Write(char c) {
    out_ += c;
    this->places_.Write(1);
  }
  void Character(char32_t c) {
    std::uint8_t bytes[4];
    const auto size = static_cast<std::size_t>(WriteCodePoint(c, bytes));
    out_.append(reinterpret_cast<const char*>(bytes), size);
    this->places_.Write(size);
  }

  std::string out_;
};

}  // namespace shoal
