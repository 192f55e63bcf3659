// One call as its caller knows it, and the texts it is made of. A text is a number; its vector is a
// hash of that number, so a vector that went to the wrong text is seen.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "api/embed.h"
#include "api/verdict.h"
#include "base/rng.h"
#include "scenario.h"

namespace shoal::sim {

// Texts below kPoisonTexts take a worker down; those below kSharedTexts are sent again and again.
inline constexpr std::int32_t kPoisonTexts = 4;
inline constexpr std::int32_t kSharedTexts = 16;
// What a probe holds: nobody's.
inline constexpr std::int32_t kProbeText = INT32_MAX;

constexpr bool IsPoison(std::int32_t text) { return text < kPoisonTexts; }
inline std::uint64_t VectorOf(std::int32_t text) {
  return Rng(static_cast<std::uint64_t>(text) + 0x5EED).Next();
}
// Never 0.
inline std::uint64_t FingerprintOf(std::int32_t text) { return VectorOf(text) | 1; }

struct CallRecord {
  CallId id = 0;
  std::uint32_t group = 0;
  microseconds deadline{0};  // on the coordinator's clock
  bool no_deadline = false;
  Priority priority = Priority::kNormal;
  std::uint64_t client = 0;
  std::size_t bytes = 0;
  std::vector<std::uint32_t> lengths{};
  std::vector<std::int32_t> texts{};
  std::vector<std::uint64_t> fingerprints{};
  std::uint32_t tries = 1;
  bool ended = false;  // the caller has its answer, or lost its connection
};

// Tokens of each text of a call of this group.
std::vector<std::uint32_t> DrawLengths(Rng& rng, const Group& group);

}  // namespace shoal::sim
