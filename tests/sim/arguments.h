// What the program is asked to do.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/status.h"

namespace shoal::sim {

struct Arguments {
  bool help = false;
  bool mutants = false;
  bool trace = false;
  std::optional<std::uint64_t> seed;  // this one alone
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 300;
  std::uint64_t minutes = 0;  // 0: as many seeds as asked for; else until they are over
  std::uint64_t threads = 2;
  std::string mutant;       // of this name alone
  std::string replay;       // a recording, instead of worlds
  bool full = false;        // everything must have been reached
  bool keep_going = false;  // after a failure
};

extern const char* const kHelp;

Result<Arguments> Parse(std::span<const char* const> words);

}  // namespace shoal::sim
