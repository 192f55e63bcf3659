// What stands on a whole screen, as text with looks, and how a terminal is brought to show it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shoal {

enum class Look { kPlain, kBold, kFaint, kRed, kGreen, kYellow, kSelected };

// Printable text in one look (terminal/screen_text.h).
struct Span {
  std::string text;
  Look look = Look::kPlain;

  bool operator==(const Span&) const = default;
};

using FrameLine = std::vector<Span>;
using Frame = std::vector<FrameLine>;

struct ScreenSize {
  int columns = 80;
  int rows = 24;

  bool operator==(const ScreenSize&) const = default;
};

// Without looks and without blanks at the ends of lines, each with a newline.
std::string PlainText(const Frame& frame);

// Writes of a frame only the lines that changed. Not thread-safe.
class FrameWriter {
 public:
  // `colour`: without it bold, faint and the selection are still shown.
  explicit FrameWriter(bool colour) : colour_(colour) {}

  // What brings a terminal of this size from the last frame to this one. It must not have more
  // lines than the screen has rows.
  std::string Update(const Frame& frame, ScreenSize size);
  // The screen shows something else by now: the next update writes all of it.
  void Forget() { shown_.clear(); }

 private:
  std::string AnsiLine(const FrameLine& line) const;

  const bool colour_;
  std::vector<std::string> shown_;  // empty: not known
  ScreenSize size_;
};

}  // namespace shoal
