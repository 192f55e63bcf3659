// Whole files: read, mapped, replaced in one step. Every error names the path.
// InputFile reads one piece by piece and tells whether it is still the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.h"
#include "base/status.h"

namespace shoal {

// Which file, and when it was last written to: two equal stamps are most likely of the same content
// (model/remembered_sums.h says when and why).
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;        // bytes
  std::int64_t modified_ns = 0;  // unix time of the content
  std::int64_t changed_ns = 0;   // unix time of content, name, owner or mode

  bool operator==(const FileStamp&) const = default;
};

// A regular file, open for reading. Not thread-safe.
class InputFile {
 public:
  static Result<InputFile> Open(const std::filesystem::path& path);

  // As it is now, whatever its name leads to meanwhile.
  Result<FileStamp> Stamp() const;
  // The next bytes into the front of `block`, and how many; 0 at the end of the file.
  Result<std::size_t> Read(std::span<char> block);

  int descriptor() const { return file_.get(); }

 private:
  InputFile(Descriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  Descriptor file_;
  std::string path_;
};

// The content of a regular file of at most `max_size` bytes.
Result<std::string> ReadFile(const std::filesystem::path& path, std::size_t max_size);

// Replaces `path` by `content`: a reader sees the old file or the new one, never a part, and who is
// killed meanwhile leaves nothing where the file system has files without a name. The new file is
// written, synced, named beside the old one and renamed. `mode`: what others than its owner may do
// with it, from the beginning.
inline constexpr unsigned kReadableByAll = 0644;
inline constexpr unsigned kOwnersAlone = 0600;
Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content,
                           unsigned mode = kReadableByAll);
// The same with content that lies in pieces.
Status WriteFileAtomically(const std::filesystem::path& path,
                           std::span<const std::string_view> pieces,
                           unsigned mode = kReadableByAll);

// Whether WriteFileAtomically could replace `path` now, without touching it: a regular file is
// there or none, and one can be made beside it.
Status CheckReplaceable(const std::filesystem::path& path);

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
