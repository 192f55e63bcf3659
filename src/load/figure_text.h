// Figures as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace shoal {

// "0.42", "38.4", "128", "12346": what is left out does not matter.
std::string ThreeDigits(double number);

// "0.42 ms", "38.4 ms", "1.23 s", "125 s".
std::string TimeText(double seconds);

// "500 ms", "1.5 s", "2 min", "1 h": of a time that somebody chose, all of it.
std::string ChosenTimeText(double seconds);

// "0 %", "0.12 %", "50.0 %", "99.98 %", "100 %": what is not all is not rounded to all.
std::string ShareText(double share);

// "0.4", "99.8", "412", "12,345".
std::string RateText(double number);

}  // namespace shoal
