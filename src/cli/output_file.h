// Where results go: stdout, or a file that appears only when it is complete. Until then it is a
// draft beside it, `NAME.partial`; an unfinished run never leaves something that looks like a
// result.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"

namespace shoal {

// Movable. Not thread-safe. A draft that was neither committed nor kept is removed.
class OutputFile {
 public:
  // Empty or "-": stdout.
  static Result<OutputFile> Open(const std::string& path);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  Status Append(std::string_view bytes);
  // Overwrites what was written at `offset`. Not on stdout.
  Status Patch(std::size_t offset, std::string_view bytes);

  // The draft becomes the file, durable.
  Status Commit();
  // The draft stays under its own name, durable.
  Status KeepDraft();

  bool is_stdout() const { return path_.empty(); }
  std::string draft_path() const { return path_ + ".partial"; }

 private:
  OutputFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  Status Sync();

  int fd_ = -1;       // of the draft or of stdout; -1: nothing more to do
  std::string path_;  // empty: stdout
};

}  // namespace shoal
