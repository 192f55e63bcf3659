#include "cli/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace shoal {

Result<OutputFile> OutputFile::Open(const std::string& path) {
  if (path.empty() || path == "-") return OutputFile(STDOUT_FILENO, "");
  const std::string draft = path + ".partial";
  const int fd = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return ErrnoError("open " + draft, errno);
  return OutputFile(fd, path);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

OutputFile::~OutputFile() {
  if (fd_ < 0 || is_stdout()) return;
  close(fd_);
  unlink(draft_path().c_str());
}

Status OutputFile::Append(std::string_view bytes) {
  CHECK(fd_ >= 0, "nothing is written after the end");
  while (!bytes.empty()) {
    const ssize_t written = write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrnoError("write " + (is_stdout() ? "stdout" : path_), errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
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
  if (fsync(fd_) != 0) return ErrnoError("sync " + draft_path(), errno);
  if (close(std::exchange(fd_, -1)) != 0) return ErrnoError("close " + draft_path(), errno);
  return {};
}

Status OutputFile::Commit() {
  if (is_stdout()) return {};
  RETURN_IF_ERROR(Sync());
  if (std::rename(draft_path().c_str(), path_.c_str()) != 0) {
    return ErrnoError("rename " + draft_path() + " to " + path_, errno);
  }
  return {};
}

Status OutputFile::KeepDraft() { return is_stdout() ? Status() : Sync(); }

}  // namespace shoal
