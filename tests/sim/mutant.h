// A mistake made on purpose, to see that an invariant finds it: one that the scheduler makes for us
// (planted_bug.h), or one in what passes between it and the workers.
#pragma once

#include <span>
#include <string_view>

#include "scenario.h"
#include "scheduler/planted_bug.h"

namespace shoal::sim {

enum class LinkBug : std::uint8_t {
  kNone,
  kCreditCountedTwice,  // after a reconnect a worker grants once more what it had granted before
  kCancelLost,          // a worker forgets a cancel that came before its batch began
  kStaleAttachment,     // what comes on a replaced attachment is taken for the new one's
};

struct Mutant {
  std::string_view name{};
  PlantedBug bug = PlantedBug::kNone;
  LinkBug link = LinkBug::kNone;
};

// All of them, each with the plays that are tried first.
std::span<const Mutant> Mutants();

}  // namespace shoal::sim
