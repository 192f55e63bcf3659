// FNV-1a, 64 bits: a hash of our own where the value must be the same in every build and nobody is
// an enemy. For large data, or keyed, use XXH3.
#pragma once

#include <cstdint>
#include <string_view>

namespace shoal {

inline constexpr std::uint64_t kFnvBasis = 0xCBF29CE484222325ull;

// Appends `value` to what `hash` is the hash of. (A byte in the textbook; a word is as good.)
constexpr std::uint64_t FnvNext(std::uint64_t hash, std::uint64_t value) {
  return (hash ^ value) * 0x100000001B3ull;
}

constexpr std::uint64_t Fnv(std::string_view bytes, std::uint64_t hash = kFnvBasis) {
  for (const char byte : bytes) hash = FnvNext(hash, static_cast<unsigned char>(byte));
  return hash;
}

}  // namespace shoal
