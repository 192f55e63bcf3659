// Vectors as a file: JSON lines, {"embedding":[0.1,...]} for each text, or NumPy's .npy, a float32
// array of shape [texts, dim], little-endian, C order. Both stream: nothing is held back.
//
// The .npy header carries the number of rows, which is known at the end: the header has a fixed
// size of 128 bytes and is written again then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/status.h"
#include "embed/output_file.h"

namespace shoal {

// Not thread-safe.
class VectorOutput {
 public:
  enum class Format { kJsonl, kNpy };
  // By the name: .npy or .jsonl; a stream of any other name gets JSON lines. INVALID_ARGUMENT:
  // another name, or an .npy into a stream, where its header cannot be written again.
  static Result<Format> FormatOf(const OutputTarget& target);

  VectorOutput(OutputFile file, Format format, int dim)
      : file_(std::move(file)), format_(format), dim_(static_cast<std::size_t>(dim)) {}
  // Before the first Write: goes on with a draft that had `rows` rows when it had `bytes` bytes;
  // what follows is cut off. Errors as OutputFile::GoOnAfter.
  Status GoOnAfter(std::uint64_t rows, std::uint64_t bytes);

  // Whole rows of dim floats: all of them or, in a draft, none.
  Status Write(std::span<const float> vectors);
  Status Commit();
  // What was written so far is a whole file, durable, which stays as a draft. More may follow.
  Status KeepDraft();

  const OutputFile& file() const { return file_; }

 private:
  // What goes in front of the first row.
  std::string Header() const;
  Status PatchHeader();

  OutputFile file_;
  Format format_;
  std::size_t dim_;
  std::uint64_t rows_ = 0;
};

// The 128 bytes before the data of a float32 array [rows, dim].
std::string NpyHeader(std::size_t rows, std::size_t dim);

}  // namespace shoal
