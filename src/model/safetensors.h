// A strict reader of the safetensors format: an 8-byte little-endian header length, a JSON header
// {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {...}}, then
// the data. Nothing in the file is believed before it is checked: header length, offsets (in
// bounds, no overlap, no hole), sizes against shape and dtype, no name twice. Formats: F32, F16,
// BF16 (others may be in the file but cannot be read as floats).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/status.h"

namespace shoal {

// Immutable. Thread-safe.
class SafeTensors {
 public:
  static Result<SafeTensors> Open(const std::filesystem::path& path);

  bool Has(const std::string& name) const { return tensors_.contains(name); }

  // The tensor as fp32, row-major, exact (F16 and BF16 widen without rounding). Refused when it is
  // absent, of another shape, or not a float format; the message names tensor, found and expected.
  Result<std::vector<float>> ReadFloats(const std::string& name,
                                        std::span<const std::int64_t> shape) const;

  std::vector<std::string> names() const;

 private:
  struct Tensor {
    std::string dtype;
    std::vector<std::int64_t> shape;
    std::size_t begin = 0;  // in the data section
    std::size_t size = 0;   // bytes
  };
  SafeTensors(std::filesystem::path path, MappedFile file, std::size_t data_begin,
              std::map<std::string, Tensor> tensors)
      : path_(std::move(path)),
        file_(std::move(file)),
        data_begin_(data_begin),
        tensors_(std::move(tensors)) {}

  std::filesystem::path path_;
  MappedFile file_;
  std::size_t data_begin_ = 0;
  std::map<std::string, Tensor> tensors_;
};

}  // namespace shoal
