// A fixed array of numbers for the kernels: zeroed, aligned, in huge pages where it is large; or a
// view of such an array in a mapped file.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <type_traits>

#include "base/check.h"

namespace shoal {

// Not thread-safe while written; movable.
template <typename T>
class AlignedArray {
  static_assert(std::is_trivial_v<T>);

 public:
  AlignedArray() = default;
  explicit AlignedArray(std::size_t count) : count_(count) {
    const std::size_t size = count * sizeof(T);
    const std::size_t alignment = size < kHugePage ? kCacheLine : kHugePage;
    const std::size_t rounded = (size + alignment) / alignment * alignment;
    data_.reset(static_cast<T*>(std::aligned_alloc(alignment, rounded)));
    CHECK(data_ != nullptr, "memory for the model was asked for once, at start");
    // Advice: without huge pages the same bytes come a little later.
    if (alignment == kHugePage) static_cast<void>(madvise(data_.get(), rounded, MADV_HUGEPAGE));
    std::memset(static_cast<void*>(data_.get()), 0, rounded);
  }

  // Somebody else's numbers, who keeps them in place: to be read only.
  static AlignedArray ViewOf(const T* data, std::size_t count) {
    AlignedArray view;
    view.data_ = std::unique_ptr<T, Free>(const_cast<T*>(data), Free{.is_owner = false});
    view.count_ = count;
    return view;
  }

  T* data() {
    CHECK(data_.get_deleter().is_owner, "a view is not written");
    return data_.get();
  }
  const T* data() const { return data_.get(); }
  std::size_t size() const { return count_; }
  T& operator[](std::size_t i) { return data_.get()[i]; }  // of a view: not to be assigned
  const T& operator[](std::size_t i) const { return data_.get()[i]; }

 private:
  static constexpr std::size_t kCacheLine = 64;
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;
  struct Free {
    bool is_owner = true;
    void operator()(T* data) const {
      if (is_owner) std::free(data);
    }
  };
  std::unique_ptr<T, Free> data_;
  std::size_t count_ = 0;
};

}  // namespace shoal
