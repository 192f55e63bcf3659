#include "terminal/frame.h"

#include "base/check.h"

namespace shoal {
namespace {

std::string_view CodeOf(Look look, bool colour) {
  switch (look) {
    case Look::kPlain:
      return "";
    case Look::kBold:
      return "\x1b[1m";
    case Look::kFaint:
      return "\x1b[2m";
    case Look::kSelected:
      return "\x1b[7m";
    case Look::kRed:
      return colour ? "\x1b[1;31m" : "\x1b[1m";
    case Look::kGreen:
      return colour ? "\x1b[32m" : "";
    case Look::kYellow:
      return colour ? "\x1b[33m" : "";
  }
  return "";
}

}  // namespace

std::string PlainText(const Frame& frame) {
  std::string text;
  for (const FrameLine& line : frame) {
    std::string plain;
    for (const Span& span : line) plain += span.text;
    plain.erase(plain.find_last_not_of(' ') + 1);
    text += plain + "\n";
  }
  return text;
}

std::string FrameWriter::AnsiLine(const FrameLine& line) const {
  std::string text;
  for (const Span& span : line) {
    const std::string_view code = CodeOf(span.look, colour_);
    text += code;
    text += span.text;
    if (!code.empty()) text += "\x1b[0m";
  }
  return text;
}

std::string FrameWriter::Update(const Frame& frame, ScreenSize size) {
  CHECK(frame.size() <= static_cast<std::size_t>(size.rows), "a frame fits its screen");
  std::string text;
  if (shown_.empty() || size != size_) {
    text = "\x1b[H\x1b[2J";
    shown_.assign(static_cast<std::size_t>(size.rows), "");
    size_ = size;
  }
  for (std::size_t row = 0; row < shown_.size(); ++row) {
    std::string line = row < frame.size() ? AnsiLine(frame[row]) : "";
    if (line == shown_[row]) continue;
    // Erased first: behind the last column there is no cell to erase from.
    text += "\x1b[" + std::to_string(row + 1) + ";1H\x1b[2K" + line;
    shown_[row] = std::move(line);
  }
  return text;
}

}  // namespace shoal
