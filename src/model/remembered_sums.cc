// A record is never parsed. Its sum is taken from a fixed place near the end; then the record that
// this file should have with that sum is written anew and compared as a whole. So a damaged record,
// one of another version and one of an older file all look the same: there is none.
//
// To be kept, a file must have had the same stamp before and after it was hashed, and must have
// been left alone for two seconds before.
#include "model/remembered_sums.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace shoal {
namespace {

constexpr std::int64_t kSettlingNs = 2'000'000'000;
constexpr std::size_t kSumSize = 64;
constexpr std::size_t kMaxRecordSize = 512;

}  // namespace

bool IsSettled(const FileStamp& stamp, std::int64_t unix_ns) {
  return std::max(stamp.modified_ns, stamp.changed_ns) <= unix_ns - kSettlingNs;
}

std::string SumRecord(const FileStamp& stamp, std::string_view sha256) {
  std::string record = "shoal sum 1 " + std::to_string(stamp.device) + " " +
                       std::to_string(stamp.inode) + " " + std::to_string(stamp.size) + " " +
                       std::to_string(stamp.modified_ns) + " " + std::to_string(stamp.changed_ns) +
                       " " + std::string(sha256);
  return record + " " + Sha256Of(record) + "\n";
}

RememberedSums RememberedSums::InCacheFolder() {
  Result<std::filesystem::path> folder = CacheFolder();
  if (folder.ok()) *folder /= "sums";
  return RememberedSums(std::move(folder));
}

Result<FileSum> RememberedSums::SumOf(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(InputFile file, InputFile::Open(path));
  ASSIGN_OR_RETURN(const FileStamp before, file.Stamp());
  if (before.size < kSmallestRemembered) return SumOfRest(file);
  if (std::string sum = Recall(before); !sum.empty()) {
    return FileSum{.size = before.size, .sha256 = std::move(sum)};
  }
  const bool settled = IsSettled(before, now_());
  ASSIGN_OR_RETURN(const FileSum sum, SumOfRest(file));
  ASSIGN_OR_RETURN(const FileStamp after, file.Stamp());
  if (settled && after == before) why_not_kept_ = Keep(after, sum.sha256);
  return sum;
}

void RememberedSums::Forget(const std::filesystem::path& path) const {
  const Result<InputFile> file = InputFile::Open(path);
  if (!file.ok()) return;
  const Result<FileStamp> stamp = file->Stamp();
  if (!stamp.ok()) return;
  const Result<std::filesystem::path> record = RecordOf(*stamp);
  std::error_code error;
  if (record.ok()) std::filesystem::remove(*record, error);
}

Result<std::filesystem::path> RememberedSums::RecordOf(const FileStamp& stamp) const {
  RETURN_IF_ERROR(folder_.status());
  return *folder_ / (std::to_string(stamp.device) + "-" + std::to_string(stamp.inode));
}

std::string RememberedSums::Recall(const FileStamp& stamp) const {
  const Result<std::filesystem::path> path = RecordOf(stamp);
  if (!path.ok()) return "";
  const Result<std::string> record = ReadFile(*path, kMaxRecordSize);
  if (!record.ok() || record->size() < 2 * kSumSize + 2) return "";
  std::string sum = record->substr(record->size() - 2 * kSumSize - 2, kSumSize);
  return *record == SumRecord(stamp, sum) ? sum : "";
}

Status RememberedSums::Keep(const FileStamp& stamp, const std::string& sha256) const {
  ASSIGN_OR_RETURN(const std::filesystem::path path, RecordOf(stamp));
  std::error_code error;
  std::filesystem::create_directories(*folder_, error);
  if (error) return ErrnoError("make folder " + folder_->string(), error.value());
  return WriteFileAtomically(path, SumRecord(stamp, sha256));
}

}  // namespace shoal
