// Figures as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace shoal {

// "0.4 ms", "38 ms", "1.23 s", "125 s".
std::string TimeText(double seconds);

// "500 ms", "1.5 s", "2 min", "1 h": of a time that somebody chose, all of it.
std::string ChosenTimeText(double seconds);

// Of a whole: "0 %", "< 0.1 %", "4.2 %", "97 %", "99.98 %", never rounded to 100 %.
std::string ShareText(std::uint64_t part, std::uint64_t whole);

// "0.4", "99.8", "412", "12,345".
std::string RateText(double number);

}  // namespace shoal
