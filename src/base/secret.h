// Comparing what somebody shows with what is expected of them.
#pragma once

#include <string_view>

namespace shoal {

// Takes as long for a wrong guess as for a right one. Nothing is the same as an empty `expected`
// but what is empty.
bool SameSecret(std::string_view given, std::string_view expected);

}  // namespace shoal
