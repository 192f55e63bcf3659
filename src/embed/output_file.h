// Where results go: a stream, or a file that appears only when it is complete. Until then it is a
// draft beside it, `NAME.partial`; an unfinished run never leaves something that looks like a
// result. One process at a time writes a draft. What was written into a draft is never deleted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/status.h"
#include "embed/output_target.h"

namespace shoal {

// Movable. Not thread-safe. When it goes, a draft in which nothing is goes with it.
class OutputFile {
 public:
  // Opens the stream, or makes the draft of the file ours. A draft that lies there stays as it is
  // until the first Append or Commit replaces it. FAILED_PRECONDITION: another process writes it.
  // A named pipe blocks until somebody reads it; a signal that is caught ends that.
  static Result<OutputFile> Open(const OutputTarget& target);
  OutputFile(OutputFile&& other) noexcept = default;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  // Before anything else, not on a stream: goes on with the draft that lay there after its first
  // `size` bytes; what follows is cut off. NOT_FOUND: none lay there. DATA_LOSS: it is shorter.
  Status GoOnAfter(std::uint64_t size);

  // All of `bytes` or, in a draft, nothing of them.
  Status Append(std::string_view bytes);
  // Overwrites what was written at `offset`. Not on a stream.
  Status Patch(std::uint64_t offset, std::string_view bytes);
  // The draft becomes the file, durable.
  Status Commit();
  // The draft is durable as it is. More may follow. Nothing on a stream.
  Status Sync();

  bool is_stream() const { return target_.is_stream(); }
  bool is_committed() const { return committed_; }
  // An Append into a pipe has failed for this reason.
  bool is_unread() const { return unread_; }
  std::string path() const { return target_.path; }  // of the file, links followed
  std::string draft_path() const { return target_.path + ".partial"; }
  std::uint64_t size() const { return size_; }  // appended in all, bytes

 private:
  OutputFile(OutputTarget target, Descriptor fd) : target_(std::move(target)), fd_(std::move(fd)) {}
  static Result<OutputFile> OpenStream(const OutputTarget& target);
  static Result<OutputFile> OpenDraft(const OutputTarget& target);
  Status Begin();
  Status WriteAt(std::uint64_t offset, std::string_view bytes);
  Status WriteStream(std::string_view bytes);

  OutputTarget target_;
  Descriptor fd_;  // of the draft or of the stream; none: nothing more to do
  std::uint64_t size_ = 0;
  bool ours_ = false;       // the draft: this process may remove it
  bool found_ = false;      // a draft lay there, and it is still as it was
  bool committed_ = false;  // the draft has become the file
  bool unread_ = false;
  Status sync_error_;  // the first; what the disk has is not known from then on
};

// The names in the folder of `path` are durable, where the file system can say so.
Status SyncFolderOf(const std::string& path);

}  // namespace shoal
