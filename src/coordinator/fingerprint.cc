#include "coordinator/fingerprint.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/rng.h"

namespace shoal {

Fingerprinter::Fingerprinter(std::uint64_t key) {
  static_assert(sizeof secret_ >= XXH3_SECRET_SIZE_MIN);
  Rng rng(key);
  for (std::uint64_t& word : secret_) word = rng.Next();
}

std::uint64_t Fingerprinter::Of(std::span<const std::int32_t> ids) const {
  const std::uint64_t hash =
      XXH3_64bits_withSecret(ids.data(), ids.size_bytes(), secret_.data(), sizeof secret_);
  return hash == 0 ? 1 : hash;
}

}  // namespace shoal
