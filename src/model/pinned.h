// The default model, and the sums without which it never loads: every Shoal of a version computes
// with the same weights, wherever they were fetched from.
#pragma once

#include <array>
#include <string_view>

namespace shoal {

inline constexpr std::string_view kDefaultModel = "all-MiniLM-L6-v2";
inline constexpr std::string_view kDefaultRepository = "sentence-transformers/all-MiniLM-L6-v2";

// ModelFolder::digest of the whole folder as it is published.
inline constexpr std::string_view kDefaultModelDigest =
    "bc9ce311b57da8ed494037d04f0a19e3031a7cb51a4efad17c60f873b1ed9e2a";

struct PinnedFile {
  std::string_view name;
  std::string_view sha256;
};

inline constexpr std::array<PinnedFile, 2> kDefaultModelFiles = {{
    {"model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"},
    {"vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"},
}};

}  // namespace shoal
