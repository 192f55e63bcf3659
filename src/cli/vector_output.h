// Vectors as a file: JSON lines, {"embedding":[0.1,...]} for each text, or NumPy's .npy, a float32
// array of shape [texts, dim], little-endian, C order. Both stream: nothing is held back.
//
// The .npy header carries the number of rows, which is known at the end: the header has a fixed
// size of 128 bytes and is written again then.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/status.h"
#include "cli/output_file.h"

namespace shoal {

// Not thread-safe.
class VectorOutput {
 public:
  enum class Format { kJsonl, kNpy };
  // By the name: .npy, .jsonl, or stdout (empty or "-") as JSON lines. INVALID_ARGUMENT: another
  // name.
  static Result<Format> FormatOf(const std::string& path);

  static Result<VectorOutput> Open(const std::string& path, int dim);

  // Whole rows of dim floats.
  Status Write(std::span<const float> vectors);
  Status Commit();
  // Finishes the draft and leaves it as such.
  Status KeepDraft();

  const OutputFile& file() const { return file_; }

 private:
  VectorOutput(OutputFile file, Format format, int dim)
      : file_(std::move(file)), format_(format), dim_(static_cast<std::size_t>(dim)) {}
  Status PatchHeader();

  OutputFile file_;
  Format format_;
  std::size_t dim_;
  std::size_t rows_ = 0;
};

// The 128 bytes before the data of a float32 array [rows, dim].
std::string NpyHeader(std::size_t rows, std::size_t dim);

}  // namespace shoal
