#include "config/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace shoal {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array kDurationUnits = {Unit{"us", 1}, Unit{"ms", 1000}, Unit{"s", 1'000'000},
                                       Unit{"m", 60'000'000}, Unit{"h", 3'600'000'000}};
constexpr std::array kSizeUnits = {Unit{"", 1}, Unit{"KiB", 1 << 10}, Unit{"MiB", 1 << 20},
                                   Unit{"GiB", 1 << 30}};

Status Unexpected(std::string_view found, std::string_view accepted) {
  return InvalidArgumentError("found \"" + std::string(found) + "\", accepted " +
                              std::string(accepted));
}

// A whole number that is not negative, followed by one of the units.
Result<std::int64_t> ParseWithUnit(std::string_view text, std::span<const Unit> units,
                                   std::string_view accepted) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return Unexpected(text, accepted);
  const std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const Unit& unit : units) {
    if (unit.name != suffix) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / unit.factor) break;
    return number * unit.factor;
  }
  return Unexpected(text, accepted);
}

}  // namespace

Result<std::int64_t> ParseInteger(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Unexpected(text, "an integer");
  }
  return number;
}

Result<double> ParseNumber(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) {
    return Unexpected(text, "a number");
  }
  return number;
}

Result<std::chrono::microseconds> ParseDuration(std::string_view text) {
  ASSIGN_OR_RETURN(const std::int64_t count,
                   ParseWithUnit(text, kDurationUnits, "a duration like 500ms, 5s, 2m, 1h"));
  return std::chrono::microseconds(count);
}

Result<std::int64_t> ParseSize(std::string_view text) {
  return ParseWithUnit(text, kSizeUnits, "a size like 1048576, 64KiB, 16MiB, 1GiB");
}

Result<bool> ParseSwitch(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return Unexpected(text, "true or false");
}

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string Nearest(std::string_view name, std::span<const std::string> candidates) {
  std::string nearest;
  std::size_t least = name.size();
  for (const std::string& candidate : candidates) {
    const std::size_t distance = EditDistance(name, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace shoal
