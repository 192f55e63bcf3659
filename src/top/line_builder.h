// One line of a frame, from left to right, never wider than the screen.
#pragma once

#include <string_view>
#include <utility>

#include "terminal/frame.h"
#include "terminal/screen_text.h"

namespace shoal {

class LineBuilder {
 public:
  LineBuilder(int columns, CharacterSet set) : columns_(columns), set_(set) {}

  LineBuilder& Add(std::string_view text, Look look = Look::kPlain) {
    std::string clipped = Clipped(text, columns_ - used_, set_);
    used_ += CellsOf(clipped);
    if (!clipped.empty()) line_.push_back({std::move(clipped), look});
    return *this;
  }
  LineBuilder& Left(std::string_view text, int cells, Look look = Look::kPlain) {
    return Add(LeftIn(text, cells, set_), look);
  }
  LineBuilder& Right(std::string_view text, int cells, Look look = Look::kPlain) {
    return Add(RightIn(text, cells, set_), look);
  }
  // Blanks up to the column.
  LineBuilder& To(int column, Look look = Look::kPlain) {
    if (column > used_) Left("", column - used_, look);
    return *this;
  }

  int used() const { return used_; }
  FrameLine Take() { return std::move(line_); }

 private:
  const int columns_;
  const CharacterSet set_;
  int used_ = 0;
  FrameLine line_;
};

}  // namespace shoal
