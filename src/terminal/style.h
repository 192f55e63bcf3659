// What the stream at hand can show. Colour and redrawing only where a person looks.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace shoal {

struct TerminalStyle {
  bool is_terminal = false;  // lines may be redrawn
  bool colour = false;
  int columns = 80;
};

// The decision itself. Pure. `no_color` and `term` are the variables of that name, nullptr when not
// set: NO_COLOR counts when it is not empty (no-color.org), TERM=dumb can neither redraw nor
// colour.
TerminalStyle StyleFor(bool is_terminal, const char* no_color, const char* term, int columns);

// The style of stdout or stderr of this process.
TerminalStyle StyleOf(std::FILE* stream);

enum class Colour { kRed, kGreen, kYellow, kBold };
// `text` in colour where the style has it, else as it is.
std::string Coloured(std::string_view text, Colour colour, const TerminalStyle& style);

}  // namespace shoal
