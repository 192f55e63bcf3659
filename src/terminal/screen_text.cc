#include "terminal/screen_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "base/utf8.h"

namespace shoal {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Unicode 15, EastAsianWidth W and F, in blocks.
constexpr std::array kWide = {
    Range{0x1100, 0x115F},   Range{0x231A, 0x231B},   Range{0x23E9, 0x23EC},
    Range{0x25FD, 0x25FE},   Range{0x2614, 0x2615},   Range{0x2648, 0x2653},
    Range{0x26A1, 0x26A1},   Range{0x26AA, 0x26AB},   Range{0x26BD, 0x26BE},
    Range{0x26C4, 0x26C5},   Range{0x26D4, 0x26D4},   Range{0x26EA, 0x26EA},
    Range{0x26F2, 0x26F3},   Range{0x26F5, 0x26F5},   Range{0x26FA, 0x26FA},
    Range{0x26FD, 0x26FD},   Range{0x2705, 0x2705},   Range{0x270A, 0x270B},
    Range{0x2728, 0x2728},   Range{0x274C, 0x274C},   Range{0x274E, 0x274E},
    Range{0x2753, 0x2755},   Range{0x2757, 0x2757},   Range{0x2795, 0x2797},
    Range{0x27B0, 0x27B0},   Range{0x2B1B, 0x2B1C},   Range{0x2B50, 0x2B50},
    Range{0x2B55, 0x2B55},   Range{0x2E80, 0x303E},   Range{0x3041, 0x33FF},
    Range{0x3400, 0x4DBF},   Range{0x4E00, 0x9FFF},   Range{0xA000, 0xA4CF},
    Range{0xA960, 0xA97F},   Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},
    Range{0xFE10, 0xFE19},   Range{0xFE30, 0xFE6F},   Range{0xFF01, 0xFF60},
    Range{0xFFE0, 0xFFE6},   Range{0x16FE0, 0x18DFF}, Range{0x1AFF0, 0x1B2FF},
    Range{0x1F004, 0x1F004}, Range{0x1F0CF, 0x1F0CF}, Range{0x1F18E, 0x1F18E},
    Range{0x1F191, 0x1F19A}, Range{0x1F200, 0x1F320}, Range{0x1F32D, 0x1F335},
    Range{0x1F337, 0x1F64F}, Range{0x1F680, 0x1F6FC}, Range{0x1F7E0, 0x1F7F0},
    Range{0x1F90C, 0x1F9FF}, Range{0x1FA70, 0x1FAFF}, Range{0x20000, 0x3FFFD}};

// Marks that are drawn over the character before.
constexpr std::array kCombining = {
    Range{0x0300, 0x036F}, Range{0x0483, 0x0489}, Range{0x0591, 0x05BD}, Range{0x0610, 0x061A},
    Range{0x064B, 0x065F}, Range{0x06D6, 0x06DC}, Range{0x0900, 0x0902}, Range{0x093C, 0x093C},
    Range{0x0941, 0x0948}, Range{0x0E31, 0x0E31}, Range{0x0E34, 0x0E3A}, Range{0x0E47, 0x0E4E},
    Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF}, Range{0x20D0, 0x20F0}, Range{0x302A, 0x302D},
    Range{0x3099, 0x309A}, Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}, Range{0xE0100, 0xE01EF}};

// Nothing to see, or what changes where other text is seen.
constexpr std::array kHidden = {
    Range{0x00, 0x1F},       Range{0x7F, 0x9F},     Range{0x00AD, 0x00AD},
    Range{0x061C, 0x061C},   Range{0x115F, 0x1160}, Range{0x180B, 0x180F},
    Range{0x200B, 0x200F},   Range{0x2028, 0x202E}, Range{0x2060, 0x206F},
    Range{0x3164, 0x3164},   Range{0xFEFF, 0xFEFF}, Range{0xFFA0, 0xFFA0},
    Range{0xFFF0, 0xFFFB},   Range{0xE000, 0xF8FF}, Range{0xE0000, 0xE0FFF},
    Range{0xF0000, 0x10FFFF}};

template <std::size_t size>
bool Holds(const std::array<Range, size>& ranges, char32_t character) {
  return std::ranges::any_of(ranges, [character](const Range& range) {
    return range.first <= character && character <= range.last;
  });
}

int CellsOf(char32_t character) {
  if (character < 0x300) return 1;
  if (Holds(kCombining, character)) return 0;
  return Holds(kWide, character) ? 2 : 1;
}

std::string Escaped(char32_t character) {
  std::array<char, 16> text;
  const char* const format = character < 0x80      ? "\\x%02x"
                             : character < 0x10000 ? "\\u%04x"
                                                   : "\\u{%x}";
  std::snprintf(text.data(), text.size(), format, static_cast<unsigned>(character));
  return text.data();
}

// How many bytes of `text` are at most `cells` wide.
std::size_t BytesIn(std::string_view text, int cells) {
  std::string_view rest = text;
  int used = 0;
  while (!rest.empty()) {
    std::string_view after = rest;
    used += CellsOf(TakeCharacter(after));
    if (used > cells) break;
    rest = after;
  }
  return text.size() - rest.size();
}

std::string Blanks(int count) {
  return std::string(static_cast<std::size_t>(std::max(count, 0)), ' ');
}

bool SaysUtf8(std::string_view locale) {
  for (const std::string_view name : {"UTF-8", "utf-8", "UTF8", "utf8"}) {
    if (locale.find(name) != locale.npos) return true;
  }
  return false;
}

}  // namespace

CharacterSet CharacterSetFor(const char* lc_all, const char* lc_ctype, const char* lang) {
  for (const char* const value : {lc_all, lc_ctype, lang}) {
    if (value == nullptr || *value == '\0') continue;
    return SaysUtf8(value) ? CharacterSet::kUtf8 : CharacterSet::kAscii;
  }
  return CharacterSet::kUtf8;
}

CharacterSet ThisCharacterSet() {
  return CharacterSetFor(std::getenv("LC_ALL"), std::getenv("LC_CTYPE"), std::getenv("LANG"));
}

char32_t TakeCharacter(std::string_view& text) {
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[i]));
  };
  const char32_t first = byte(0);
  const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (size > text.size() || FirstInvalidUtf8(text.substr(0, size))) {
    text.remove_prefix(1);
    return 0xFFFD;
  }
  char32_t character = size == 1 ? first : first & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) character = character << 6 | (byte(i) & 0x3F);
  text.remove_prefix(size);
  return character;
}

std::string Printable(std::string_view text, CharacterSet set) {
  std::string printable;
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t character = TakeCharacter(text);
    const std::string_view bytes = before.substr(0, before.size() - text.size());
    if (character == 0xFFFD && bytes.size() == 1) {
      std::array<char, 8> escaped;
      std::snprintf(escaped.data(), escaped.size(), "\\x%02x",
                    static_cast<unsigned>(static_cast<unsigned char>(bytes[0])));
      printable += escaped.data();
    } else if (Holds(kHidden, character) || (set == CharacterSet::kAscii && character >= 0x80)) {
      printable += Escaped(character);
    } else {
      printable += bytes;
    }
  }
  return printable;
}

int CellsOf(std::string_view text) {
  int cells = 0;
  while (!text.empty()) cells += CellsOf(TakeCharacter(text));
  return cells;
}

std::string Clipped(std::string_view text, int cells, CharacterSet set) {
  if (CellsOf(text) <= cells) return std::string(text);
  if (cells <= 0) return "";
  return std::string(text.substr(0, BytesIn(text, cells - 1))) +
         (set == CharacterSet::kUtf8 ? "…" : "~");
}

std::string LeftIn(std::string_view text, int cells, CharacterSet set) {
  const std::string clipped = Clipped(text, cells, set);
  return clipped + Blanks(cells - CellsOf(clipped));
}

std::string RightIn(std::string_view text, int cells, CharacterSet set) {
  const std::string clipped = Clipped(text, cells, set);
  return Blanks(cells - CellsOf(clipped)) + clipped;
}

}  // namespace shoal
