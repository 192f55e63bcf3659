#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/hex.h"
#include "base/rng.h"

namespace shoal {
namespace {

std::int64_t Nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
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

// What is to become a file. It has no name while it is written, where the file system can do that,
// so that a process that is killed meanwhile leaves nothing; else it lies beside as NAME.XXXXXX.
struct Draft {
  Descriptor file;
  std::string name;
};

std::string OwnPath(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

Result<Draft> OpenDraft(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  Descriptor nameless(open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  if (nameless.get() >= 0 && access(OwnPath(nameless.get()).c_str(), F_OK) == 0) {
    return Draft{.file = std::move(nameless), .name = ""};
  }
  std::string name = path.string() + ".XXXXXX";
  Descriptor file(mkostemp(name.data(), O_CLOEXEC));
  if (file.get() < 0) return ErrnoError("create a file beside " + path.string(), errno);
  return Draft{.file = std::move(file), .name = std::move(name)};
}

Status NameDraft(Draft& draft, const std::filesystem::path& path) {
  const std::string own = OwnPath(draft.file.get());
  constexpr int kAttempts = 100;
  for (int i = 0; i < kAttempts; ++i) {
    const std::string name = path.string() + "." + Hex(RandomSeed()).substr(0, 6);
    if (linkat(AT_FDCWD, own.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      draft.name = name;
      return {};
    }
    if (errno != EEXIST) break;
  }
  return ErrnoError("name a file beside " + path.string(), errno);
}

}  // namespace

Result<InputFile> InputFile::Open(const std::filesystem::path& path) {
  Descriptor descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.get() < 0) return ErrnoError("open " + path.string(), errno);
  InputFile file(std::move(descriptor), path.string());
  RETURN_IF_ERROR(file.Stamp().status());
  return file;
}

Result<FileStamp> InputFile::Stamp() const {
  struct stat info {};
  if (fstat(file_.get(), &info) != 0) return ErrnoError("stat " + path_, errno);
  if (!S_ISREG(info.st_mode)) return InvalidArgumentError(path_ + " is not a regular file");
  return FileStamp{.device = info.st_dev,
                   .inode = info.st_ino,
                   .size = static_cast<std::uint64_t>(info.st_size),
                   .modified_ns = Nanoseconds(info.st_mtim),
                   .changed_ns = Nanoseconds(info.st_ctim)};
}

Result<std::size_t> InputFile::Read(std::span<char> block) {
  while (true) {
    const ssize_t count = read(file_.get(), block.data(), block.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) return ErrnoError("read " + path_, errno);
  }
}

Result<std::string> ReadFile(const std::filesystem::path& path, std::size_t max_size) {
  ASSIGN_OR_RETURN(InputFile file, InputFile::Open(path));
  ASSIGN_OR_RETURN(const FileStamp stamp, file.Stamp());
  if (stamp.size > max_size) {
    return InvalidArgumentError(path.string() + " has " + std::to_string(stamp.size) +
                                " bytes, at most " + std::to_string(max_size) + " are accepted");
  }
  std::string content(stamp.size, '\0');
  std::span<char> rest = content;
  while (!rest.empty()) {
    ASSIGN_OR_RETURN(const std::size_t count, file.Read(rest));
    if (count == 0) return DataLossError(path.string() + " became shorter while it was read");
    rest = rest.subspan(count);
  }
  return content;
}

Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content,
                           unsigned mode) {
  return WriteFileAtomically(path, {&content, 1}, mode);
}

Status WriteFileAtomically(const std::filesystem::path& path,
                           std::span<const std::string_view> pieces, unsigned mode) {
  ASSIGN_OR_RETURN(Draft draft, OpenDraft(path));
  const int fd = draft.file.get();
  Status status;
  for (const std::string_view piece : pieces) {
    if (status.ok()) status = WriteAll(fd, piece, path.string());
  }
  if (status.ok() && fsync(fd) != 0) status = ErrnoError("sync " + path.string(), errno);
  if (status.ok() && fchmod(fd, mode) != 0) status = ErrnoError("chmod " + path.string(), errno);
  if (status.ok() && draft.name.empty()) status = NameDraft(draft, path);
  if (status.ok() && rename(draft.name.c_str(), path.c_str()) != 0) {
    status = ErrnoError("rename " + draft.name + " to " + path.string(), errno);
  }
  if (!status.ok() && !draft.name.empty()) unlink(draft.name.c_str());
  return status;
}

Status CheckReplaceable(const std::filesystem::path& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    return InvalidArgumentError(path.string() + " is not a regular file");
  }
  std::string draft = path.string() + ".XXXXXX";
  const Descriptor file(mkostemp(draft.data(), O_CLOEXEC));
  if (file.get() < 0) return ErrnoError("create a file beside " + path.string(), errno);
  unlink(draft.c_str());
  return {};
}

Result<MappedFile> MappedFile::Open(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(const InputFile file, InputFile::Open(path));
  ASSIGN_OR_RETURN(const FileStamp stamp, file.Stamp());
  const auto size = static_cast<std::size_t>(stamp.size);
  if (size == 0) return MappedFile(nullptr, 0);
  void* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
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
