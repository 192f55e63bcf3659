// How a server is, in one sentence for people.
#pragma once

#include <string>

#include "top/top_model.h"

namespace shoal {

enum class Health { kGood, kWarning, kBad, kUnknown };

struct StateLine {
  Health health = Health::kUnknown;
  std::string text;  // begins with the word for the state; names in it are as the server gave them
};

// Pure.
StateLine DescribeState(const TopState& state);

}  // namespace shoal
