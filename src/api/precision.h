// The arithmetic a model runs in. Part of its identity: vectors of different precisions never mix.
#pragma once

#include <optional>
#include <string_view>

namespace shoal {

enum class Precision { kFp32, kBf16, kInt8 };

// "fp32", "bf16", "int8".
std::string_view Name(Precision precision);
std::optional<Precision> ParsePrecision(std::string_view name);

}  // namespace shoal
