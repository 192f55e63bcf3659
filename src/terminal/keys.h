// The bytes that a terminal sends for what somebody presses.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shoal {

struct Key {
  enum class Kind {
    kCharacter,  // `text` is the character
    kEnter,
    kEscape,
    kBackspace,
    kUp,
    kDown,
    kLeft,
    kRight,
    kHome,
    kEnd,
    kPageUp,
    kPageDown,
    kInterrupt,  // Ctrl-C, where the terminal makes no signal of it
    kRedraw,     // Ctrl-L
  };
  Kind kind = Kind::kCharacter;
  std::string text = {};

  bool operator==(const Key&) const = default;
};

// Takes the keys off the front of `bytes`; what stays may be the begin of one. An Esc alone is a
// key only when nothing follows it: `is_all` says that nothing more has come for a while, and then
// nothing stays. What is no key is dropped. Pure.
std::vector<Key> TakeKeys(std::string& bytes, bool is_all);

}  // namespace shoal
