// Packed weights in a file of the cache folder: packing happens once per machine, a worker starts
// in the time it takes to map a file, and all workers share its pages.
//
//   <cache folder>/weights/<digest of the model>-<precision>.v4
//     "SHOALPKD", format version, XXH3 of all that follows, number of arrays, then per array its
//     offset and size in bytes, then the arrays, each on a cache line.
//
// For the kernel tables whose int8 has another layout (Int8Layout::kQuads) the name ends in
// -int8-quads.v4.
//
// The file is a cache and nothing more: one of another version, of other sizes, cut short or with a
// flipped bit is packed again from the model.
#pragma once

#include <filesystem>
#include <string>

#include "api/precision.h"
#include "base/status.h"
#include "engine/weights.h"

namespace shoal {

// Immutable. Thread-safe; processes may race, each sees a whole file or none.
class WeightCache {
 public:
  // FAILED_PRECONDITION: there is no cache folder.
  static Result<WeightCache> Of(const std::string& model_digest, Precision precision,
                                Int8Layout layout);
  explicit WeightCache(std::filesystem::path path) : path_(std::move(path)) {}

  // Makes the arrays of the model, whose layers have their shapes, views of the file. An error says
  // what is wrong with the file and leaves the model as it was.
  Status Map(Weights::Impl& model) const;
  // Replaces the file.
  Status Write(const Weights::Impl& model) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace shoal
