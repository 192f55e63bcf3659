#include "embed/output_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace shoal {

// Opens the draft of `path` and makes it ours.
Result<OutputFile> OutputFile::Lock(const std::string& path, int flags) {
  const std::string draft = path + ".partial";
  const int fd = open(draft.c_str(), O_WRONLY | O_CLOEXEC | flags, 0666);
  if (fd < 0) return ErrnoError("open " + draft, errno);
  OutputFile file(fd, path);
  file.stays_ = true;  // until it is ours
  const bool locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
  if (!locked && errno != EWOULDBLOCK) return ErrnoError("lock " + draft, errno);
  // Who held the lock a moment ago may have made a result of what we opened.
  struct stat opened {};
  struct stat named {};
  const bool is_draft =
      fstat(fd, &opened) == 0 && stat(draft.c_str(), &named) == 0 && opened.st_ino == named.st_ino;
  if (!locked || !is_draft) return FailedPreconditionError("another process is writing " + draft);
  return file;
}

Result<OutputFile> OutputFile::Open(const std::string& path) {
  if (path.empty() || path == "-") return OutputFile(STDOUT_FILENO, "");
  ASSIGN_OR_RETURN(OutputFile file, Lock(path, O_CREAT));
  if (ftruncate(file.fd_, 0) != 0) return ErrnoError("truncate " + file.draft_path(), errno);
  file.stays_ = false;
  return file;
}

Result<OutputFile> OutputFile::Reopen(const std::string& path, std::uint64_t size) {
  ASSIGN_OR_RETURN(OutputFile file, Lock(path, 0));
  const off_t end = lseek(file.fd_, 0, SEEK_END);
  if (end < 0) return ErrnoError("seek " + file.draft_path(), errno);
  if (static_cast<std::uint64_t>(end) < size) {
    return DataLossError(file.draft_path() + " has " + std::to_string(end) + " bytes, expected " +
                         std::to_string(size) + " or more");
  }
  const auto kept = static_cast<off_t>(size);
  if (ftruncate(file.fd_, kept) != 0 || lseek(file.fd_, kept, SEEK_SET) != kept) {
    return ErrnoError("truncate " + file.draft_path(), errno);
  }
  file.size_ = size;
  return file;
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      size_(other.size_),
      stays_(other.stays_) {}

OutputFile::~OutputFile() {
  if (fd_ < 0 || is_stdout()) return;
  if (!stays_) unlink(draft_path().c_str());
  close(fd_);
}

Status OutputFile::Append(std::string_view bytes) {
  CHECK(fd_ >= 0, "nothing is written after the end");
  while (!bytes.empty()) {
    const ssize_t written = write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrnoError("write " + (is_stdout() ? "stdout" : path_), errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    size_ += static_cast<std::uint64_t>(written);
  }
  return {};
}

Status OutputFile::Patch(std::size_t offset, std::string_view bytes) {
  CHECK(fd_ >= 0 && !is_stdout(), "only a file can be patched");
  const ssize_t written = pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  if (written != static_cast<ssize_t>(bytes.size())) return ErrnoError("write " + path_, errno);
  return {};
}

Status OutputFile::Sync() {
  if (!is_stdout() && fsync(fd_) != 0) return ErrnoError("sync " + draft_path(), errno);
  return {};
}

Status OutputFile::Commit() {
  if (is_stdout()) return {};
  RETURN_IF_ERROR(Sync());
  if (std::rename(draft_path().c_str(), path_.c_str()) != 0) {
    return ErrnoError("rename " + draft_path() + " to " + path_, errno);
  }
  if (close(std::exchange(fd_, -1)) != 0) return ErrnoError("close " + path_, errno);
  return {};
}

Status OutputFile::KeepDraft() {
  stays_ = true;
  return Sync();
}

}  // namespace shoal
