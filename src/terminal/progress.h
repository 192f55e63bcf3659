// How far a long command is, at which rate, and when it will be done.
//
//   on a terminal, redrawn in place:
//     embed  [########............]  40 %  4,000/10,000 texts  812/s  ETA 0:07
//   else a line every 5 s:
//     embed: 4000/10000 texts (40 %), 812 texts/s, 7 s left
//
// Without a total there is no bar and no ETA. The rate is that of the last seconds (exponential
// mean, half of it younger than 3 s), so that the ETA follows a change of speed without jumping.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "terminal/style.h"

namespace shoal {

struct ProgressOptions {
  std::string label;  // "embed"
  std::string unit;   // "texts"
  std::optional<std::uint64_t> total;
  TerminalStyle style;
};

// Not thread-safe. Clock and `write` must outlive it.
class Progress {
 public:
  using Write = std::function<void(std::string_view)>;

  Progress(ProgressOptions options, const Clock& clock, Write write);

  // `done` units in all until now. Shows it if it is time to.
  void Update(std::uint64_t done);
  // The last state, whatever the time, and the end of the line. Nothing may follow.
  void Finish();

 private:
  std::string Bar() const;   // without control codes, at most columns - 1 wide
  std::string Line() const;  // ends in a newline
  std::optional<std::chrono::seconds> TimeLeft() const;
  void MeasureRate(std::chrono::steady_clock::time_point now);

  const ProgressOptions options_;
  const Clock& clock_;
  const Write write_;
  const std::chrono::steady_clock::time_point start_;
  std::uint64_t done_ = 0;
  double rate_ = 0;  // units per second
  std::uint64_t measured_done_ = 0;
  std::chrono::steady_clock::time_point measured_at_;
  std::chrono::steady_clock::time_point shown_at_;
  bool shown_ = false;
};

// 1234567 -> "1,234,567".
std::string Grouped(std::uint64_t number);
// 2.5 with two decimals -> "2.50".
std::string Decimals(double number, int decimals);

}  // namespace shoal
