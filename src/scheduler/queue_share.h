// How two queues share the lanes while both have work: one of them is owed one part in so many, the
// rest belongs to the others. Counted in cost, not in batches: a text of 256 tokens rides alone and
// costs as much as two batches; counted in batches, a third of the urgent promises broke.
//
// The balance is what this queue is owed. It gains its part of what the others are sent and pays
// the rest of what it is sent itself; its turn is when it is owed something. What the others had
// queued when this queue became non-empty was admitted at full speed, so it goes first.
#pragma once

#include <algorithm>

#include "scheduler/cost.h"

namespace shoal {

// Not thread-safe.
class QueueShare {
 public:
  // One part in `parts` of the cost; `most` bounds what it can be owed.
  QueueShare(int parts, Cost most) : parts_(parts), most_(most) {}

  // This queue has work again, and the others have `queued`.
  void Begin(Cost queued) { balance_ = -queued / parts_; }
  // The others have no work: nothing to share.
  void Reset() { balance_ = 0; }
  // A batch was sent while both had work.
  void OthersSent(Cost cost) { balance_ = std::min(most_, balance_ + cost / parts_); }
  void Sent(Cost cost) { balance_ -= cost - cost / parts_; }

  bool IsTurn() const { return balance_ >= 0; }
  Cost balance() const { return balance_; }
  int parts() const { return parts_; }

 private:
  int parts_;
  Cost most_;
  Cost balance_ = 0;
};

}  // namespace shoal
