#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

namespace shoal {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// The size of a regular file.
Result<std::size_t> SizeOf(int fd, const std::string& path) {
  struct stat info {};
  if (fstat(fd, &info) != 0) return ErrnoError("stat " + path, errno);
  if (!S_ISREG(info.st_mode)) return InvalidArgumentError(path + " is not a regular file");
  return static_cast<std::size_t>(info.st_size);
}

Status WriteAll(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrnoError("write " + path, errno);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Result<std::string> ReadFile(const std::filesystem::path& path, std::size_t max_size) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return ErrnoError("open " + path.string(), errno);
  ASSIGN_OR_RETURN(const std::size_t size, SizeOf(file.get(), path.string()));
  if (size > max_size) {
    return InvalidArgumentError(path.string() + " has " + std::to_string(size) +
                                " bytes, at most " + std::to_string(max_size) + " are accepted");
  }
  std::string content(size, '\0');
  std::size_t at = 0;
  while (at < size) {
    const ssize_t count = read(file.get(), content.data() + at, size - at);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoError("read " + path.string(), errno);
    if (count == 0) return DataLossError(path.string() + " became shorter while it was read");
    at += static_cast<std::size_t>(count);
  }
  return content;
}

Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content) {
  return WriteFileAtomically(path, {&content, 1});
}

Status WriteFileAtomically(const std::filesystem::path& path,
                           std::span<const std::string_view> pieces) {
  std::string draft = path.string() + ".XXXXXX";
  const Descriptor file(mkostemp(draft.data(), O_CLOEXEC));
  if (file.get() < 0) return ErrnoError("create a file beside " + path.string(), errno);
  Status status;
  for (const std::string_view piece : pieces) {
    if (status.ok()) status = WriteAll(file.get(), piece, draft);
  }
  if (status.ok() && fsync(file.get()) != 0) status = ErrnoError("sync " + draft, errno);
  if (status.ok() && fchmod(file.get(), 0644) != 0) status = ErrnoError("chmod " + draft, errno);
  if (status.ok() && rename(draft.c_str(), path.c_str()) != 0) {
    status = ErrnoError("rename " + draft + " to " + path.string(), errno);
  }
  if (!status.ok()) unlink(draft.c_str());
  return status;
}

Result<MappedFile> MappedFile::Open(const std::filesystem::path& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return ErrnoError("open " + path.string(), errno);
  ASSIGN_OR_RETURN(const std::size_t size, SizeOf(file.get(), path.string()));
  if (size == 0) return MappedFile(nullptr, 0);
  void* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (data == MAP_FAILED) return ErrnoError("map " + path.string(), errno);
  return MappedFile(static_cast<const std::byte*>(data), size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<std::byte*>(data_), size_);
}

Result<std::filesystem::path> CacheFolder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && cache[0] == '/') return std::filesystem::path(cache) / "shoal";
  const char* home = std::getenv("HOME");
  if (home != nullptr && home[0] == '/') return std::filesystem::path(home) / ".cache" / "shoal";
  return FailedPreconditionError(
      "neither XDG_CACHE_HOME nor HOME is an absolute path: set one to say where models are kept");
}

}  // namespace shoal
