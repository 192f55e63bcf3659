#include "embed/output_target.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>

namespace shoal {
namespace {

constexpr int kMaxLinks = 40;  // as many as Linux follows
// What a run puts beside its output; the last one is the name of a checkpoint while it is written.
constexpr std::array<std::string_view, 3> kBeside = {".partial", ".partial.json",
                                                     ".partial.json.XXXXXX"};

Status Refused(const std::string& what, int error_number) {
  return InvalidArgumentError(ErrnoError(what, error_number).message());
}

// A terminal or /dev/null may well be both ends.
Status CheckNotInput(const struct stat& output, const std::string& name, int input) {
  struct stat read {};
  if (input < 0 || fstat(input, &read) != 0) return {};
  if (!S_ISREG(read.st_mode) && !S_ISFIFO(read.st_mode)) return {};
  if (read.st_dev != output.st_dev || read.st_ino != output.st_ino) return {};
  return InvalidArgumentError(name + " is the input of this run, accepted another file");
}

// The number N of /dev/fd/N, /dev/stdout's /proc/self/fd/1 and the like.
std::optional<int> OwnDescriptor(const std::filesystem::path& link) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::canonical(link.parent_path(), error);
  const std::string own = "/proc/" + std::to_string(getpid()) + "/";
  const std::string name = link.filename().string();
  int number = -1;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool is_number = read.ec == std::errc() && read.ptr == name.data() + name.size();
  const bool is_own = !error && folder.string().starts_with(own) && folder.filename() == "fd";
  return is_own && is_number ? std::optional(number) : std::nullopt;
}

Result<OutputTarget> Descriptor(const std::string& name, int descriptor, int input) {
  const int flags = fcntl(descriptor, F_GETFL);
  struct stat info {};
  if (flags < 0 || fstat(descriptor, &info) != 0 || (flags & O_ACCMODE) == O_RDONLY) {
    return InvalidArgumentError(name + " is not open for writing");
  }
  RETURN_IF_ERROR(CheckNotInput(info, name, input));
  return OutputTarget{
      .name = name, .kind = OutputTarget::Kind::kStream, .path = "", .descriptor = descriptor};
}

std::filesystem::path FolderOf(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

// Can a file appear at `path`, and a draft and a checkpoint beside it?
Status CheckPlace(const std::string& path, int input) {
  const std::string folder = FolderOf(path).string();
  struct stat info {};
  if (stat(folder.c_str(), &info) != 0) return Refused("the folder " + folder, errno);
  if (!S_ISDIR(info.st_mode)) return InvalidArgumentError(folder + " is not a folder");
  if (access(folder.c_str(), W_OK | X_OK) != 0) return Refused("write into " + folder, errno);
  for (const std::string_view suffix : kBeside) {
    const std::string beside = path + std::string(suffix);
    if (lstat(beside.c_str(), &info) != 0) {
      if (errno != ENOENT) return Refused(beside, errno);
      continue;
    }
    if (!S_ISREG(info.st_mode)) {
      return InvalidArgumentError(beside +
                                  " is not a regular file, and a run writes its draft there");
    }
    RETURN_IF_ERROR(CheckNotInput(info, beside, input));
  }
  return {};
}

bool IsMountPoint(const std::string& path) {
  struct statx info {};
  return statx(AT_FDCWD, path.c_str(), 0, STATX_BASIC_STATS, &info) == 0 &&
         (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

// May the file that lies at `path` be replaced?
Status CheckReplaceable(const struct stat& info, const std::string& path) {
  if (IsMountPoint(path)) {  // no rename gets over it
    return InvalidArgumentError(path +
                                " is mounted by itself and cannot be replaced; mount its folder");
  }
  if (access(path.c_str(), W_OK) != 0) return Refused("replace " + path, errno);
  struct stat folder {};
  const bool kept = stat(FolderOf(path).c_str(), &folder) == 0 && (folder.st_mode & S_ISVTX) != 0 &&
                    geteuid() != 0 && geteuid() != info.st_uid && geteuid() != folder.st_uid;
  return kept ? Refused("replace " + path + ", which another user owns", EPERM) : Status();
}

// What is at `path`, where no link leads further.
Result<OutputTarget> AtTheEnd(const std::string& name, const std::string& path, int input) {
  OutputTarget target{.name = name, .path = path};
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) {
    if (errno != ENOENT) return Refused(name, errno);
    if (path != name) {
      return InvalidArgumentError(name + " is a link to " + path + ", which does not exist");
    }
    RETURN_IF_ERROR(CheckPlace(path, input).At(name));
    return target;
  }
  if (S_ISDIR(info.st_mode)) return InvalidArgumentError(name + " is a folder, accepted a file");
  if (S_ISBLK(info.st_mode) || S_ISSOCK(info.st_mode)) {
    return InvalidArgumentError(name +
                                (S_ISBLK(info.st_mode) ? " is a block device" : " is a socket") +
                                ", accepted a file, a pipe or a character device");
  }
  RETURN_IF_ERROR(CheckNotInput(info, name, input));
  if (!S_ISREG(info.st_mode)) {
    target.kind = OutputTarget::Kind::kStream;
    return target;
  }
  RETURN_IF_ERROR(CheckReplaceable(info, path));
  RETURN_IF_ERROR(CheckPlace(path, input).At(name));
  return target;
}

}  // namespace

Result<OutputTarget> FindOutputTarget(const std::string& name, int input) {
  if (name.empty() || name == "-") return Descriptor("stdout", STDOUT_FILENO, input);
  std::filesystem::path path = name;
  std::error_code error;
  for (int links = 0; std::filesystem::is_symlink(path, error); ++links) {
    if (links == kMaxLinks) return Refused(name, ELOOP);
    if (const std::optional<int> own = OwnDescriptor(path)) return Descriptor(name, *own, input);
    const std::filesystem::path target = std::filesystem::read_symlink(path, error);
    if (error) return Refused(path.string(), error.value());
    path = FolderOf(path) / target;  // an absolute target stands alone
  }
  return AtTheEnd(name, path.string(), input);
}

}  // namespace shoal
