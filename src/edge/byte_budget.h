// An account of bytes that all calls draw from, so that many large requests together cannot take
// more memory than was set aside for them.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

namespace shoal {

// Thread-safe.
class ByteBudget {
 public:
  // Bytes taken; gives them back when it ends. The budget must outlive it.
  class Hold {
   public:
    Hold() = default;  // holds nothing
    Hold(Hold&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)) {
      bytes_ = other.bytes_;
    }
    Hold& operator=(Hold&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Hold() {
      if (budget_ != nullptr) budget_->used_.fetch_sub(bytes_, std::memory_order_relaxed);
    }

   private:
    friend class ByteBudget;
    Hold(ByteBudget* budget, std::size_t bytes) : budget_(budget), bytes_(bytes) {}
    ByteBudget* budget_ = nullptr;
    std::size_t bytes_ = 0;
  };

  explicit ByteBudget(std::size_t bytes) : total_(bytes) {}

  // Nothing if fewer than `bytes` are left.
  std::optional<Hold> TryTake(std::size_t bytes) {
    std::size_t used = used_.load(std::memory_order_relaxed);
    do {
      if (bytes > total_ - used) return std::nullopt;
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    return Hold(this, bytes);
  }

  // Adds to what `hold`, of this budget or empty, holds. False: so many are not left.
  bool TryGrow(Hold& hold, std::size_t bytes) {
    auto more = TryTake(bytes);
    if (!more.has_value()) return false;
    more->bytes_ += std::exchange(hold.bytes_, 0);
    hold = *std::move(more);
    return true;
  }

  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  std::size_t total() const { return total_; }

 private:
  const std::size_t total_;
  std::atomic<std::size_t> used_{0};
};

}  // namespace shoal
