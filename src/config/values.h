// What users write for values, read strictly: "500ms", "16MiB". Pure. The errors are
// INVALID_ARGUMENT and say what was found and what is accepted.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace shoal {

// Digits, with a sign in front for negative numbers.
Result<std::int64_t> ParseInteger(std::string_view text);
// A decimal number, like 0.5 or 1e3; finite.
Result<double> ParseNumber(std::string_view text);
// A whole number and a unit: us, ms, s, m, h.
Result<std::chrono::microseconds> ParseDuration(std::string_view text);
// Bytes: a whole number, alone or with KiB, MiB, GiB.
Result<std::int64_t> ParseSize(std::string_view text);
// "true" or "false".
Result<bool> ParseSwitch(std::string_view text);

// Insertions, deletions and replacements that turn one into the other.
std::size_t EditDistance(std::string_view a, std::string_view b);
// The candidate nearest to `name`, when it is nearer than writing it anew; else empty.
std::string Nearest(std::string_view name, std::span<const std::string> candidates);

}  // namespace shoal
