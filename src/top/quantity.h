// Numbers as people read them, in few characters.
#pragma once

#include <cstdint>
#include <string>

namespace shoal {

// "0", "0.4", "412", "12,345", "1.23 M", "4.50 G". At most 7 characters below 10^12.
std::string CountText(double number);

// "0.4 ms", "38 ms", "1.23 s", "125 s".
std::string MillisecondsText(double milliseconds);

// "512 B", "123 MiB", "1.2 GiB".
std::string BytesText(std::uint64_t bytes);

// A stretch of time: "23 s", "5 min", "2 h 05 min", "3 d 4 h".
std::string StretchText(double seconds);

// The time of day, "12:03:04".
std::string TimeOfDay(std::int64_t unix_seconds, int utc_offset_seconds);

// "1 worker", "3 workers".
std::string Counted(std::uint64_t number, const std::string& noun);

}  // namespace shoal
