// 64 bits as text: how identities (incarnations, ids) are written everywhere.
#pragma once

#include <cstdint>
#include <string>

namespace shoal {

// 16 lower-case hex digits, leading zeros included.
std::string Hex(std::uint64_t value);

}  // namespace shoal
