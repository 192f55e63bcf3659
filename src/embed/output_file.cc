#include "embed/output_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

namespace shoal {

Result<OutputFile> OutputFile::Open(const OutputTarget& target) {
  return target.is_stream() ? OpenStream(target) : OpenDraft(target);
}

Result<OutputFile> OutputFile::OpenStream(const OutputTarget& target) {
  Descriptor fd(target.path.empty() ? fcntl(target.descriptor, F_DUPFD_CLOEXEC, 0)
                                    : open(target.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (fd.get() < 0) return ErrnoError("open " + target.name, errno);
  return OutputFile(target, std::move(fd));
}

Result<OutputFile> OutputFile::OpenDraft(const OutputTarget& target) {
  const std::string draft = target.path + ".partial";
  constexpr int kFlags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;  // a pipe would block
  Descriptor fd(open(draft.c_str(), kFlags | O_CREAT | O_EXCL, 0666));
  const bool found = fd.get() < 0 && errno == EEXIST;
  if (found) fd = Descriptor(open(draft.c_str(), kFlags));
  if (fd.get() < 0) return ErrnoError("open " + draft, errno);
  const bool locked = flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
  if (!locked && errno != EWOULDBLOCK) return ErrnoError("lock " + draft, errno);
  // Who held the lock a moment ago may have made a result of what we opened.
  struct stat opened {};
  struct stat named {};
  const bool is_draft = fstat(fd.get(), &opened) == 0 && stat(draft.c_str(), &named) == 0 &&
                        opened.st_ino == named.st_ino;
  if (!locked || !is_draft) return FailedPreconditionError("another process is writing " + draft);
  OutputFile file(target, std::move(fd));
  file.ours_ = true;
  file.found_ = found;
  return file;
}

OutputFile::~OutputFile() {
  if (fd_.get() >= 0 && ours_ && !committed_ && !found_ && size_ == 0) {
    unlink(draft_path().c_str());
  }
}

Status OutputFile::GoOnAfter(std::uint64_t size) {
  CHECK(!is_stream() && size_ == 0, "asked before anything was written");
  if (!found_) return NotFoundError("there is no draft " + draft_path());
  const off_t end = lseek(fd_.get(), 0, SEEK_END);
  if (end < 0) return ErrnoError("seek " + draft_path(), errno);
  if (static_cast<std::uint64_t>(end) < size) {
    return DataLossError(draft_path() + " has " + std::to_string(end) + " bytes, expected " +
                         std::to_string(size) + " or more");
  }
  if (ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) {
    return ErrnoError("truncate " + draft_path(), errno);
  }
  size_ = size;
  found_ = false;
  return {};
}

// From here on the draft is that of this run.
Status OutputFile::Begin() {
  if (!found_) return {};
  if (ftruncate(fd_.get(), 0) != 0) return ErrnoError("truncate " + draft_path(), errno);
  found_ = false;
  return {};
}

Status OutputFile::Append(std::string_view bytes) {
  CHECK(fd_.get() >= 0 && !committed_, "nothing is written after the end");
  if (is_stream()) {
    RETURN_IF_ERROR(WriteStream(bytes));
  } else {
    RETURN_IF_ERROR(Begin());
    Status written = WriteAt(size_, bytes);
    if (!written.ok()) {
      // If this fails too, whoever goes on cuts it off.
      static_cast<void>(ftruncate(fd_.get(), static_cast<off_t>(size_)) == 0);
      return written;
    }
  }
  size_ += bytes.size();
  return {};
}

Status OutputFile::Patch(std::uint64_t offset, std::string_view bytes) {
  CHECK(fd_.get() >= 0 && !is_stream(), "only a file can be patched");
  CHECK(offset + bytes.size() <= size_, "only what was written");
  return WriteAt(offset, bytes);
}

Status OutputFile::WriteAt(std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrnoError("write " + draft_path(), errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

Status OutputFile::WriteStream(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd_.get(), bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // whoever shares it wanted it so
      pollfd room{.fd = fd_.get(), .events = POLLOUT, .revents = 0};
      static_cast<void>(poll(&room, 1, -1));
    } else if (errno != EINTR) {
      unread_ = errno == EPIPE;
      return ErrnoError("write " + target_.name, errno);
    }
  }
  return {};
}

Status OutputFile::Sync() {
  if (is_stream()) return {};
  // After a failed one the next may well succeed although pages were lost.
  if (sync_error_.ok() && fsync(fd_.get()) != 0) {
    sync_error_ = ErrnoError("sync " + draft_path(), errno);
  }
  return sync_error_;
}

Status OutputFile::Commit() {
  CHECK(fd_.get() >= 0 && !committed_, "once");
  if (is_stream()) return {};
  RETURN_IF_ERROR(Begin());
  RETURN_IF_ERROR(Sync());
  if (std::rename(draft_path().c_str(), target_.path.c_str()) != 0) {
    return ErrnoError("rename " + draft_path() + " to " + target_.path, errno);
  }
  committed_ = true;
  RETURN_IF_ERROR(SyncFolderOf(target_.path));
  if (close(fd_.Release()) != 0) return ErrnoError("close " + target_.path, errno);
  return {};
}

Status SyncFolderOf(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  const Descriptor fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 && errno == EACCES) return {};  // one may write there and not read
  if (fd.get() < 0) return ErrnoError("open " + folder, errno);
  const bool synced = fsync(fd.get()) == 0 || errno == EINVAL || errno == EROFS;
  return synced ? Status() : ErrnoError("sync " + folder, errno);
}

}  // namespace shoal
