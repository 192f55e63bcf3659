// Names a text by 64 bits, so that the one that takes workers down can be told from the others
// without being kept. Keyed: nobody outside can make two texts of one name.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace shoal {

// Thread-safe.
class Fingerprinter {
 public:
  explicit Fingerprinter(std::uint64_t key);

  // Of the token ids of one text. Never 0. Another key gives other names.
  std::uint64_t Of(std::span<const std::int32_t> ids) const;

 private:
  std::array<std::uint64_t, 24> secret_;
};

}  // namespace shoal
