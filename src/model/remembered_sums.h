// The SHA-256 of a model's weights, remembered from one start to the next: hashing 90 MB takes as
// long as all the rest of a start that finds its packed weights in the cache.
//
//   <cache folder>/sums/<device>-<inode>
//     shoal sum 1 <size> <modified> <changed> <SHA-256 of the file> <SHA-256 of all before>
//
// A record counts as long as device, inode, size and both times (ns) of the file are those it
// names: who writes to a file moves its times, who replaces it its inode, who sets the time of its
// content back moves the time of its change. Because times of files are coarse (ticks of some ms,
// seconds on some disks), a file that was touched less than two seconds ago is not recorded: it
// could be written again within the same tick. The idea is git's, for its index.
//
// It says nothing about a disk that rots under unchanged times, nor about who sets the machine's
// clock back or writes to the disk below the file system. So only a start relies on it that does
// not read the weights, but maps packed ones with a checksum of their own; who reads the file
// hashes it (CheckReadWeights of model_folder.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/file.h"
#include "base/status.h"
#include "model/sha256.h"

namespace shoal {

// Smaller files are hashed sooner than a record is found.
inline constexpr std::uint64_t kSmallestRemembered = 1 << 20;  // bytes

// Whether nothing that happens to the file from `unix_ns` on can leave its times as they are.
bool IsSettled(const FileStamp& stamp, std::int64_t unix_ns);

// The content of a record.
std::string SumRecord(const FileStamp& stamp, std::string_view sha256);

// Not thread-safe; processes may race, each sees a whole record or none.
class RememberedSums {
 public:
  using WallClock = std::function<std::int64_t()>;  // unix time, ns

  // Those in the cache folder; where there is none, nothing is remembered.
  static RememberedSums InCacheFolder();
  explicit RememberedSums(Result<std::filesystem::path> folder, WallClock now = UnixNanoseconds)
      : folder_(std::move(folder)), now_(std::move(now)) {}

  // The sum on record, else of the content, then kept. What cannot be kept is no error: see
  // why_not_kept().
  Result<FileSum> SumOf(const std::filesystem::path& path);
  // Removes the record, if there is one.
  void Forget(const std::filesystem::path& path) const;

  // Why the last sum that should have been kept was not; OK: it was.
  const Status& why_not_kept() const { return why_not_kept_; }

 private:
  Result<std::filesystem::path> RecordOf(const FileStamp& stamp) const;
  // Empty: there is none that counts.
  std::string Recall(const FileStamp& stamp) const;
  Status Keep(const FileStamp& stamp, const std::string& sha256) const;

  const Result<std::filesystem::path> folder_;
  const WallClock now_;
  Status why_not_kept_;
};

}  // namespace shoal
