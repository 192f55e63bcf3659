// SHA-256 of what comes in pieces, as 64 lower-case hexadecimal digits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/status.h"

namespace shoal {

// Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void Update(std::string_view bytes);
  // Of everything so far; more may follow.
  std::string Sum() const;
  // The same; afterwards this object is spent.
  std::string Finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string Sha256Of(std::string_view bytes);
// Of the little-endian bytes, on every machine: what the recorded hashes of vectors are.
std::string Sha256Of(std::span<const float> values);

struct FileSum {
  std::uint64_t size = 0;  // bytes
  std::string sha256;

  bool operator==(const FileSum&) const = default;
};

// Reads the file once; 90 MB take about 60 ms where the CPU has SHA instructions.
Result<FileSum> SumOfFile(const std::filesystem::path& path);
// Of what has not been read of it.
Result<FileSum> SumOfRest(InputFile& file);

}  // namespace shoal
