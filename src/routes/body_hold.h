// Bytes of a body, out of the account that requests of all protocols draw from.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "edge/byte_budget.h"
#include "http/http_message.h"

namespace shoal {

class BudgetedBodyHold final : public BodyHold {
 public:
  explicit BudgetedBodyHold(ByteBudget& budget) : budget_(budget) {}
  bool TryGrow(std::size_t bytes) override { return budget_.TryGrow(hold_, bytes); }
  ByteBudget::Hold Take() { return std::exchange(hold_, {}); }

 private:
  ByteBudget& budget_;
  ByteBudget::Hold hold_;
};

// What a request that came under such a hold holds.
inline ByteBudget::Hold TakeHold(HttpRequest& request) {
  auto* const hold = dynamic_cast<BudgetedBodyHold*>(request.hold.get());
  return hold == nullptr ? ByteBudget::Hold() : hold->Take();
}

}  // namespace shoal
