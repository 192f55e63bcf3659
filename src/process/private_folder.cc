#include "process/private_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

namespace shoal {
namespace {

namespace fs = std::filesystem;

// The path of a socket has at most 107 bytes.
constexpr std::size_t kLongestParent = 60;
constexpr std::string_view kPrefix = "shoal-run-";

// Of a folder of this user that nobody holds.
std::optional<Descriptor> Lock(const std::string& path) {
  Descriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat info {};
  if (folder.get() < 0 || fstat(folder.get(), &info) != 0 || info.st_uid != geteuid() ||
      flock(folder.get(), LOCK_EX | LOCK_NB) != 0) {
    return std::nullopt;
  }
  return folder;
}

// What a killed process left. Only sockets are removed: should it be something else, it stays.
void RemoveStale(const std::string& parent) {
  std::error_code error;
  std::vector<fs::path> folders;
  for (fs::directory_iterator it(parent, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename().string().starts_with(kPrefix)) folders.push_back(it->path());
  }
  for (const fs::path& folder : folders) {
    const std::optional<Descriptor> lock = Lock(folder.string());
    if (!lock) continue;
    const fs::path socket = folder / PrivateFolder::kSocket;
    if (fs::is_socket(socket, error)) fs::remove(socket, error);
    rmdir(folder.c_str());
  }
}

}  // namespace

Result<PrivateFolder> PrivateFolder::Create() {
  std::vector<std::string> parents;
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && runtime[0] == '/' &&
      std::string_view(runtime).size() <= kLongestParent) {
    parents.emplace_back(runtime);
  }
  parents.emplace_back("/tmp");
  return CreateBelow(parents);
}

Result<PrivateFolder> PrivateFolder::CreateBelow(const std::vector<std::string>& parents) {
  Status why;
  for (const std::string& parent : parents) {
    RemoveStale(parent);
    std::string path = parent + "/" + std::string(kPrefix) + "XXXXXX";
    if (mkdtemp(path.data()) == nullptr) {
      why = ErrnoError("make a folder in " + parent, errno);
      continue;
    }
    std::optional<Descriptor> lock = Lock(path);
    if (lock && access(path.c_str(), F_OK) == 0) {
      return PrivateFolder(std::move(path), *std::move(lock));
    }
    // Another process took it for a left one, between the two calls.
    rmdir(path.c_str());
    why = UnavailableError("hold the folder " + path + ": another process does");
  }
  return why;
}

PrivateFolder::PrivateFolder(PrivateFolder&& other) noexcept
    : path_(std::exchange(other.path_, "")), lock_(std::move(other.lock_)) {}

PrivateFolder::~PrivateFolder() {
  std::error_code error;
  if (!path_.empty()) fs::remove_all(path_, error);
}

}  // namespace shoal
