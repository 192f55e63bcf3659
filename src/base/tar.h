// A tar archive of a few files, made in memory: plain ustar, which every tar and archive manager
// reads. The same files at the same time make the same bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace shoal {

// Not thread-safe.
class TarWriter {
 public:
  // `unix_seconds`: when all of its files were changed last; not negative.
  explicit TarWriter(std::int64_t unix_seconds);

  // A regular file that its owner alone may read and write, of nobody's account. CHECKed: `name` is
  // relative, of 1 to 100 bytes; `content` is less than 8 GiB.
  void Add(std::string_view name, std::string_view content);

  // The archive; nothing may be added after it.
  std::string Finish() &&;

 private:
  const std::int64_t unix_seconds_;
  std::string archive_;
};

}  // namespace shoal
