#include "load/figure_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "terminal/progress.h"

namespace shoal {
namespace {

std::string Decimals(double number, int decimals) {
  std::array<char, 48> text;
  std::snprintf(text.data(), text.size(), "%.*f", decimals, number);
  return text.data();
}

std::string ThreeDigits(double number) {
  return Decimals(number, number < 9.995 ? 2 : number < 99.95 ? 1 : 0);
}

// "1.5", "2"
std::string Short(double number) {
  std::array<char, 48> text;
  std::snprintf(text.data(), text.size(), "%.6g", number);
  return text.data();
}

}  // namespace

std::string TimeText(double seconds) {
  const double milliseconds = std::clamp(seconds * 1e3, 0.0, 1e12);
  if (milliseconds > 0 && milliseconds < 0.05) return "< 0.1 ms";
  if (milliseconds >= 999.5) return ThreeDigits(milliseconds / 1e3) + " s";
  return Decimals(milliseconds, milliseconds < 9.95 && milliseconds > 0 ? 1 : 0) + " ms";
}

std::string ChosenTimeText(double seconds) {
  if (seconds < 1) return Short(seconds * 1e3) + " ms";
  const double minutes = seconds / 60, hours = seconds / 3600;
  if (hours >= 1 && hours == std::floor(hours)) return Short(hours) + " h";
  if (minutes >= 1 && minutes == std::floor(minutes)) return Short(minutes) + " min";
  return Short(seconds) + " s";
}

std::string ShareText(std::uint64_t part, std::uint64_t whole) {
  if (part == 0 || whole == 0) return "0 %";
  if (part >= whole) return "100 %";
  const double percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
  if (percent < 0.1) return "< 0.1 %";
  if (percent > 99.99) return "> 99.99 %";
  if (percent > 99.9) return Decimals(std::floor(percent * 100) / 100, 2) + " %";
  if (percent < 10 || percent > 99) return Decimals(percent, 1) + " %";
  return Decimals(percent, 0) + " %";
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
