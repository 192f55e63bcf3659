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
#include <optional>
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
  // The content of a file, called `name` in errors. `content` outlives what is returned.
  static Result<SafeTensors> Parse(std::string name, std::span<const std::byte> content);

  bool Has(const std::string& name) const { return tensors_.contains(name); }

  // The tensor as fp32, row-major, exact (F16 and BF16 widen without rounding). Refused when it is
  // absent, of another shape, or not a float format; the message names tensor, found and expected.
  Result<std::vector<float>> ReadFloats(const std::string& name,
                                        std::span<const std::int64_t> shape) const;

  std::vector<std::string> names() const;
  const std::string& name() const { return name_; }  // of the file, for messages

 private:
  struct Tensor {
    std::string dtype;
    std::vector<std::int64_t> shape;
    std::size_t begin = 0;  // in the data section
    std::size_t size = 0;   // bytes
  };
  SafeTensors(std::string name, std::span<const std::byte> data,
              std::map<std::string, Tensor> tensors)
      : name_(std::move(name)), data_(data), tensors_(std::move(tensors)) {}

  std::string name_;
  std::optional<MappedFile> file_;  // what data_ is a part of, if this opened it
  std::span<const std::byte> data_;
  std::map<std::string, Tensor> tensors_;
};

}  // namespace shoal
