// Where a line of the log is put together: a std::string that only grows, but a short append is
// a copy and no call, and memory is never filled before it is written.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace shoal {

// Not thread-safe.
class LineText {
 public:
  std::string_view view() const { return {bytes_.get(), size_}; }
  std::size_t size() const { return size_; }
  void Clear() { size_ = 0; }
  // To less than it has.
  void Cut(std::size_t size) { size_ = std::min(size, size_); }

  LineText& Add(std::string_view text) {
    std::memcpy(Room(text.size()), text.data(), text.size());
    size_ += text.size();
    return *this;
  }
  LineText& Add(char c) {
    *Room(1) = c;
    ++size_;
    return *this;
  }
  LineText& Add(std::int64_t number) {
    char* const to = Room(kMostDigits);
    size_ += static_cast<std::size_t>(std::to_chars(to, to + kMostDigits, number).ptr - to);
    return *this;
  }

 private:
  static constexpr std::size_t kMostDigits = 20;

  // For so many bytes more.
  char* Room(std::size_t count) {
    if (capacity_ - size_ < count) Grow(count);
    return bytes_.get() + size_;
  }
  [[gnu::noinline]] void Grow(std::size_t count) {
    const std::size_t least = size_ + count + 1024;
    capacity_ = least < 2 * capacity_ ? 2 * capacity_ : least;
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    if (size_ > 0) std::memcpy(larger.get(), bytes_.get(), size_);
    bytes_ = std::move(larger);
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace shoal
