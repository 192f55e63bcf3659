// Bits as text: how identities (incarnations, ids) are written everywhere.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace shoal {

// 16 lower-case hex digits, leading zeros included.
std::string Hex(std::uint64_t value);
// Two of them for each byte.
std::string Hex(std::span<const std::uint8_t> bytes);

}  // namespace shoal
