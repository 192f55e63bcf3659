// A folder that only this user enters, for the socket of one process.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/status.h"

namespace shoal {

// Movable. The destructor removes the folder and what is in it; the folder of a process that was
// killed goes when the next one makes its own.
class PrivateFolder {
 public:
  // The name of the socket in it.
  static constexpr const char* kSocket = "worker.sock";

  // Below XDG_RUNTIME_DIR, else below /tmp; with a name of its own.
  static Result<PrivateFolder> Create();
  // Below the first of `parents` that takes it.
  static Result<PrivateFolder> CreateBelow(const std::vector<std::string>& parents);
  PrivateFolder(PrivateFolder&& other) noexcept;
  PrivateFolder& operator=(PrivateFolder&& other) = delete;
  ~PrivateFolder();

  const std::string& path() const { return path_; }
  std::string socket() const { return path_ + "/" + kSocket; }

 private:
  PrivateFolder(std::string path, Descriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;  // empty: moved from
  Descriptor lock_;   // on the folder: it is in use
};

}  // namespace shoal
