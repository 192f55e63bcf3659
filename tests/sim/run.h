// Runs of many seeds, and of planted bugs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coverage.h"
#include "failures.h"
#include "mutant.h"
#include "scenario.h"
#include "windows.h"

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
  Tally one_lane{};
  Tally head_starts{};
};

SeedResult RunSeed(std::uint64_t seed, const Mutant& mutant, bool print_trace);

// Of several seeds.
struct Summary {
  std::uint64_t seeds = 0;
  std::uint64_t events = 0;
  std::uint64_t hash = 0;  // of all, whatever the order they ran in
  Coverage coverage{};
  Tally one_lane{};
  Tally head_starts{};
  std::vector<SeedResult> failed{};  // by seed

  void Add(SeedResult result);
  // Invariant 4 where it needs many seeds.
  bool promises_kept() const { return one_lane.good() && head_starts.good(); }
};

}  // namespace shoal::sim
