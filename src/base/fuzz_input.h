// The bytes of a fuzz target, taken from the front.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace shoal {

class FuzzInput {
 public:
  explicit FuzzInput(std::string_view bytes) : bytes_(bytes) {}

  bool is_empty() const { return bytes_.empty(); }
  // 0 where none is left.
  std::uint8_t Byte() {
    const std::string_view byte = Take(1);
    return byte.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(byte[0]);
  }
  // At most so many.
  std::string_view Take(std::size_t size) {
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(taken.size());
    return taken;
  }
  // As many as the next byte says.
  std::string_view Sized() { return Take(Byte()); }

 private:
  std::string_view bytes_;
};

}  // namespace shoal
