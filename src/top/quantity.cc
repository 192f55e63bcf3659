#include "top/quantity.h"

#include <algorithm>
#include <cmath>

#include "terminal/progress.h"

namespace shoal {
namespace {

// Three digits, of which none is lost to a great number.
std::string ThreeDigits(double number) {
  return Decimals(number, number < 9.995 ? 2 : number < 99.95 ? 1 : 0);
}

std::string Two(std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

}  // namespace

std::string CountText(double number) {
  number = std::clamp(number, 0.0, 1e18);
  if (number >= 999'999'500) return ThreeDigits(number / 1e9) + " G";
  if (number >= 999'999.5) return ThreeDigits(number / 1e6) + " M";
  const bool is_whole = std::abs(number - std::round(number)) < 0.05;
  if (number >= 9.95 || is_whole) {
    // What is not nothing is not shown as nothing.
    return number > 0 && number < 0.05 ? "<0.1"
                                       : Grouped(static_cast<std::uint64_t>(std::llround(number)));
  }
  return Decimals(number, 1);
}

std::string MillisecondsText(double milliseconds) {
  milliseconds = std::clamp(milliseconds, 0.0, 1e12);
  if (milliseconds > 0 && milliseconds < 0.05) return "<0.1 ms";
  if (milliseconds >= 999.5) return ThreeDigits(milliseconds / 1e3) + " s";
  return Decimals(milliseconds, milliseconds < 9.95 && milliseconds > 0 ? 1 : 0) + " ms";
}

std::string BytesText(std::uint64_t bytes) {
  const auto number = static_cast<double>(bytes);
  if (bytes < 1024) return std::to_string(bytes) + " B";
  if (number < 1023.5 * 1024) return Decimals(number / 1024, 0) + " KiB";
  if (number < 1023.5 * 1024 * 1024) return Decimals(number / (1024 * 1024), 0) + " MiB";
  return Decimals(number / (1024.0 * 1024 * 1024), 1) + " GiB";
}

std::string StretchText(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::clamp(seconds, 0.0, 1e12));
  if (whole < 120) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min";
  if (whole < 86'400) return std::to_string(whole / 3600) + " h " + Two(whole / 60 % 60) + " min";
  return std::to_string(whole / 86'400) + " d " + std::to_string(whole / 3600 % 24) + " h";
}

std::string TimeOfDay(std::int64_t unix_seconds, int utc_offset_seconds) {
  const std::int64_t second = ((unix_seconds + utc_offset_seconds) % 86'400 + 86'400) % 86'400;
  return Two(second / 3600) + ":" + Two(second / 60 % 60) + ":" + Two(second % 60);
}

std::string Counted(std::uint64_t number, const std::string& noun) {
  return Grouped(number) + " " + noun + (number == 1 ? "" : "s");
}

}  // namespace shoal
