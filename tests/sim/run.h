// Runs of many seeds, and of planted bugs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coverage.h"
#include "failures.h"
#include "mutant.h"
#include "scenario.h"

namespace shoal::sim {

// What one seed came to.
struct SeedResult {
  std::uint64_t seed = 0;
  Play play = Play::kChaos;
  std::uint64_t hash = 0;
  std::uint64_t events = 0;
  std::uint64_t actions = 0;
  Failures failure{};
  std::vector<std::string> tail{};  // of a failure
  Coverage coverage{};
  std::uint64_t one_lane_accepted = 0;
  std::uint64_t one_lane_late = 0;
};

SeedResult RunSeed(std::uint64_t seed, const Mutant& mutant, bool print_trace);

// Of several seeds.
struct Summary {
  std::uint64_t seeds = 0;
  std::uint64_t events = 0;
  std::uint64_t hash = 0;  // of all, whatever the order they ran in
  Coverage coverage{};
  std::uint64_t one_lane_accepted = 0;
  std::uint64_t one_lane_late = 0;
  std::vector<SeedResult> failed{};  // by seed

  void Add(SeedResult result);
  // Invariant 4 for one lane, over all seeds; none: it holds.
  std::optional<std::string> OneLane() const;
};

}  // namespace shoal::sim
