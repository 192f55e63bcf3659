// The first invariant that did not hold. Later ones follow from it more often than not.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace shoal::sim {

struct Failures {
  int invariant = 0;  // 0: none
  std::string what{};

  void Fail(int number, std::string found) {
    if (invariant != 0) return;
    invariant = number;
    what = std::move(found);
  }
  bool any() const { return invariant != 0; }
};

// What invariant `number` says, in a sentence.
const char* Sentence(int number);

}  // namespace shoal::sim
