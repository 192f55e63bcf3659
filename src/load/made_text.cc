#include "load/made_text.h"

#include <array>
#include <string_view>

#include "base/check.h"

namespace shoal {
namespace {

constexpr std::array<std::string_view, 48> kWords = {
    "the",   "river",  "house",  "light",    "music",  "winter",  "small",  "open",
    "water", "stone",  "garden", "night",    "paper",  "summer",  "large",  "quiet",
    "city",  "train",  "window", "morning",  "letter", "story",   "green",  "old",
    "road",  "market", "bridge", "horse",    "field",  "school",  "bright", "long",
    "sea",   "ship",   "island", "mountain", "forest", "snow",    "cold",   "new",
    "man",   "woman",  "child",  "friend",   "doctor", "teacher", "plays",  "walks"};

}  // namespace

std::string MadeText(std::size_t tokens, Rng& rng) {
  CHECK(tokens >= 2, "every text has its two special tokens");
  std::string text;
  for (std::size_t i = 2; i < tokens; ++i) {
    if (!text.empty()) text += ' ';
    text += kWords[rng.Below(kWords.size())];
  }
  return text;
}

}  // namespace shoal
