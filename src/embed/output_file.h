// Where results go: stdout, or a file that appears only when it is complete. Until then it is a
// draft beside it, `NAME.partial`; an unfinished run never leaves something that looks like a
// result. One process at a time writes a draft.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace shoal {

// Movable. Not thread-safe. A draft that was neither committed nor kept is removed.
class OutputFile {
 public:
  // Empty or "-": stdout. A draft that lies there is replaced. FAILED_PRECONDITION: another process
  // writes it.
  static Result<OutputFile> Open(const std::string& path);
  // Goes on with the draft of `path` after its first `size` bytes; what follows them is cut off. It
  // stays from now on. DATA_LOSS: it is shorter. FAILED_PRECONDITION: another process writes it.
  static Result<OutputFile> Reopen(const std::string& path, std::uint64_t size);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  Status Append(std::string_view bytes);
  // Overwrites what was written at `offset`. Not on stdout.
  Status Patch(std::size_t offset, std::string_view bytes);
  // What was written is durable. Nothing on stdout.
  Status Sync();

  // The draft becomes the file, durable.
  Status Commit();
  // The draft stays under its own name, durable. More may follow.
  Status KeepDraft();

  bool is_stdout() const { return path_.empty(); }
  std::string draft_path() const { return path_ + ".partial"; }
  std::uint64_t size() const { return size_; }  // appended in all, bytes

 private:
  OutputFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  static Result<OutputFile> Lock(const std::string& path, int flags);

  int fd_ = -1;       // of the draft or of stdout; -1: nothing more to do
  std::string path_;  // empty: stdout
  std::uint64_t size_ = 0;
  bool stays_ = false;  // the draft, whatever comes
};

}  // namespace shoal
