// Text on a screen of cells: what may be shown, and how many cells it takes. Names that others
// chose go through Printable first, so that none of them moves the cursor or turns text around.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace shoal {

// Which characters the terminal can show.
enum class CharacterSet { kAscii, kUtf8 };

// By the variables LC_ALL, LC_CTYPE and LANG, nullptr where one is not set: the first that is not
// empty counts. None says anything: UTF-8, as terminals are.
CharacterSet CharacterSetFor(const char* lc_all, const char* lc_ctype, const char* lang);
// Of the environment of this process.
CharacterSet ThisCharacterSet();

// Control characters as \x1b, invisible ones and those that turn the direction of text as \u202e,
// bytes that are no UTF-8 as \xff. kAscii: all that is not ASCII as \u00e9.
std::string Printable(std::string_view text, CharacterSet set = CharacterSet::kUtf8);

// Of printable text: two cells for what East Asian fonts draw wide, none for combining marks.
int CellsOf(std::string_view text);

// At most `cells` wide; what is cut ends in "…" (kAscii: "~").
std::string Clipped(std::string_view text, int cells, CharacterSet set = CharacterSet::kUtf8);

// Clipped, and blanks up to `cells`.
std::string LeftIn(std::string_view text, int cells, CharacterSet set = CharacterSet::kUtf8);
std::string RightIn(std::string_view text, int cells, CharacterSet set = CharacterSet::kUtf8);

// The character at the front of `text`, taken off it. A byte that is no UTF-8 is U+FFFD.
char32_t TakeCharacter(std::string_view& text);

}  // namespace shoal
