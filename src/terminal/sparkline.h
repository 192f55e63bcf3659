// A row of bars, one cell each: how a number went.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "terminal/screen_text.h"

namespace shoal {

// One cell a value, scaled from zero to the greatest. Zero is the lowest bar, and no other value is
// as low; what is not known is blank.
std::string Sparkline(std::span<const std::optional<double>> values, CharacterSet set);

}  // namespace shoal
