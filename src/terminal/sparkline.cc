#include "terminal/sparkline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace shoal {
namespace {

constexpr std::array<std::string_view, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 8> kAsciiBars = {"_", ".", ":", "-", "=", "+", "*", "#"};

}  // namespace

std::string Sparkline(std::span<const std::optional<double>> values, CharacterSet set) {
  double greatest = 0;
  for (const std::optional<double>& value : values)
    greatest = std::max(greatest, value.value_or(0));
  std::string text;
  for (const std::optional<double>& value : values) {
    if (!value) {
      text += ' ';
      continue;
    }
    const double steps = *value > 0 ? std::ceil(*value / greatest * 7) : 0;
    const auto bar = static_cast<std::size_t>(std::clamp(steps, 0.0, 7.0));
    text += set == CharacterSet::kUtf8 ? kBars[bar] : kAsciiBars[bar];
  }
  return text;
}

}  // namespace shoal
