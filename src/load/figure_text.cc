#include "load/figure_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "terminal/progress.h"

namespace shoal {
namespace {

// "1.5", "2"
std::string Short(double number) {
  std::array<char, 48> text;
  std::snprintf(text.data(), text.size(), "%.6g", number);
  return text.data();
}

}  // namespace

std::string ThreeDigits(double number) {
  const double size = std::abs(number);
  if (size >= 99.95) return Decimals(number, 0);
  return Decimals(number, size >= 9.995 ? 1 : size >= 0.0995 || size == 0 ? 2 : 3);
}

std::string TimeText(double seconds) {
  if (seconds == 0) return "0 ms";
  return std::abs(seconds) < 0.9995 ? ThreeDigits(seconds * 1e3) + " ms"
                                    : ThreeDigits(seconds) + " s";
}

std::string ChosenTimeText(double seconds) {
  if (seconds < 1) return Short(seconds * 1e3) + " ms";
  const double minutes = seconds / 60, hours = seconds / 3600;
  if (hours >= 1 && hours == std::floor(hours)) return Short(hours) + " h";
  if (minutes >= 1 && minutes == std::floor(minutes)) return Short(minutes) + " min";
  return Short(seconds) + " s";
}

std::string ShareText(double share) {
  // Near the whole the last digits are what counts.
  const double percent = share * 100;
  const double rest = std::abs(100 - percent);
  if (percent == 0 || rest == 0) return Decimals(percent, 0) + " %";
  if (percent < 100 && rest < 0.0005) return "> 99.999 %";
  return (rest < 10 ? Decimals(percent, rest < 0.0095 ? 3 : 2) : ThreeDigits(percent)) + " %";
}

std::string RateText(double number) {
  number = std::clamp(number, 0.0, 1e18);
  const bool is_whole = std::abs(number - std::round(number)) < 0.05;
  if (number >= 100 || (is_whole && number >= 0.5)) {
    return Grouped(static_cast<std::uint64_t>(std::llround(number)));
  }
  if (number > 0 && number < 0.05) return "< 0.1";
  return number == 0 ? "0" : Decimals(number, 1);
}

}  // namespace shoal
