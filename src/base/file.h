// Whole files: read, mapped, replaced in one step. Every error names the path.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace shoal {

// The content of a regular file of at most `max_size` bytes.
Result<std::string> ReadFile(const std::filesystem::path& path, std::size_t max_size);

// Replaces `path` by `content`: a reader sees the old file or the new one, never a part. The new
// file is written beside it, synced and renamed.
Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content);
// The same with content that lies in pieces.
Status WriteFileAtomically(const std::filesystem::path& path,
                           std::span<const std::string_view> pieces);

// A file mapped read-only. Movable; unmapped by the destructor. The bytes change if somebody
// changes the file.
class MappedFile {
 public:
  static Result<MappedFile> Open(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  MappedFile(const std::byte* data, std::size_t size) : data_(data), size_(size) {}

  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// $XDG_CACHE_HOME/shoal, else $HOME/.cache/shoal. FAILED_PRECONDITION when neither is set.
Result<std::filesystem::path> CacheFolder();

}  // namespace shoal
