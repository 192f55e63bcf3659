// CHECK(condition, why): our own invariants, on in every build. A broken one ends the process at
// once with the place and the reason; the world's mistakes are a Status (status.h), never a CHECK.
#pragma once

#include <string_view>

namespace shoal {

[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              std::string_view why);

}  // namespace shoal

#define CHECK(condition, why)                          \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::shoal::CheckFailed(__FILE__, __LINE__, #condition, why))
