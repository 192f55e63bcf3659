// The balance of one lane: what its worker allows. Both numbers only grow and belong to one
// attachment, so a repeated or overtaken grant does no harm and nothing has to be given back.
#pragma once

#include <cstdint>

#include "base/check.h"

namespace shoal {

// Not thread-safe. Invariant: sent <= granted.
class Credit {
 public:
  // The worker's cumulative count. False, and nothing changes, if it took back what it had given.
  [[nodiscard]] bool Grant(std::uint64_t granted) {
    if (granted < granted_) return false;
    granted_ = granted;
    return true;
  }

  bool CanSend() const { return sent_ < granted_; }

  void Send() {
    CHECK(CanSend(), "a batch needs a granted credit");
    ++sent_;
  }

  std::uint64_t granted() const { return granted_; }
  std::uint64_t sent() const { return sent_; }

 private:
  std::uint64_t granted_ = 0;
  std::uint64_t sent_ = 0;
};

}  // namespace shoal
