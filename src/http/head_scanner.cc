#include "http/head_scanner.h"

namespace shoal {

namespace {

// Inside a line nothing is to be known of it.
bool IsOrdinary(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; }

}  // namespace

HeadScanner::Found HeadScanner::Scan(std::string_view bytes) {
  while (at_ < bytes.size()) {
    if (line_ > 0 && !after_cr_) {
      const std::size_t begin = at_;
      while (at_ < bytes.size() && IsOrdinary(bytes[at_])) ++at_;
      line_ += at_ - begin;
      if (at_ == bytes.size()) break;
    }
    const char c = bytes[at_];
    problem_ = Problem(c);
    if (!problem_.empty()) return Found::kBad;
    ++at_;
    if (c == '\r') {
      after_cr_ = true;
    } else if (c != '\n') {
      ++line_;
    } else {
      after_cr_ = false;
      if (line_ == 0 && lines_ > 0) return Found::kEnd;
      if (line_ == 0) begin_ = at_;
      if (line_ > 0) ++lines_;
      line_ = 0;
    }
  }
  return Found::kNotYet;
}

// Empty: none.
std::string_view HeadScanner::Problem(char c) const {
  if (after_cr_ != (c == '\n')) {
    return after_cr_ ? "a carriage return without a line feed"
                     : "a line feed without a carriage return";
  }
  const auto byte = static_cast<unsigned char>(c);
  if ((byte < 0x20 && c != '\t' && c != '\r' && c != '\n') || byte == 0x7f) {
    return "a control character";
  }
  if (line_ == 0 && lines_ > 0 && (c == ' ' || c == '\t')) {
    return "a header line that begins with a space";
  }
  return {};
}

}  // namespace shoal
