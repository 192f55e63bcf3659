#include "terminal/style.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace shoal {
namespace {

constexpr int kUsualColumns = 80;

std::string_view CodeOf(Colour colour) {
  switch (colour) {
    case Colour::kRed:
      return "\x1b[31m";
    case Colour::kGreen:
      return "\x1b[32m";
    case Colour::kYellow:
      return "\x1b[33m";
    case Colour::kBold:
      return "\x1b[1m";
  }
  return "";
}

}  // namespace

TerminalStyle StyleFor(bool is_terminal, const char* no_color, const char* term, int columns) {
  TerminalStyle style;
  style.is_terminal = is_terminal && term != nullptr && std::string_view(term) != "dumb";
  style.colour = style.is_terminal && (no_color == nullptr || *no_color == '\0');
  style.columns = columns > 0 ? columns : kUsualColumns;
  return style;
}

TerminalStyle StyleOf(std::FILE* stream) {
  const int fd = fileno(stream);
  winsize size{};
  const bool known = ioctl(fd, TIOCGWINSZ, &size) == 0;
  return StyleFor(isatty(fd) == 1, std::getenv("NO_COLOR"), std::getenv("TERM"),
                  known ? size.ws_col : 0);
}

std::string Coloured(std::string_view text, Colour colour, const TerminalStyle& style) {
  if (!style.colour) return std::string(text);
  return std::string(CodeOf(colour)) + std::string(text) + "\x1b[0m";
}

}  // namespace shoal
