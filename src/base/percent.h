// Percent-encoding of URLs.
#pragma once

#include <string>
#include <string_view>

namespace shoal {

// "a%2Fb" becomes "a/b". What is no "%" with two hex digits stays.
std::string PercentDecoded(std::string_view text);

// "a/b" becomes "a%2Fb": as one part of a path. Letters, digits and -._~ stay.
std::string PathPartOf(std::string_view text);

}  // namespace shoal
