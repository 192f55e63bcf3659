#include "embed/vector_output.h"

#include <bit>

#include "json/writer.h"

namespace shoal {
namespace {

constexpr std::size_t kNpyHeaderSize = 128;
static_assert(std::endian::native == std::endian::little, "floats are written as they lie");

}  // namespace

std::string NpyHeader(std::size_t rows, std::size_t dim) {
  std::string header("\x93NUMPY\x01\x00", 8);
  constexpr std::size_t kDictionarySize = kNpyHeaderSize - 10;
  header += static_cast<char>(kDictionarySize & 0xFF);
  header += static_cast<char>(kDictionarySize >> 8);
  header += "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
            std::to_string(dim) + "), }";
  CHECK(header.size() < kNpyHeaderSize, "two numbers of 20 digits fit");
  header.resize(kNpyHeaderSize - 1, ' ');
  return header + "\n";
}

Result<VectorOutput::Format> VectorOutput::FormatOf(const OutputTarget& target) {
  if (target.name.ends_with(".npy")) {
    if (!target.is_stream()) return Format::kNpy;
    return InvalidArgumentError(
        target.name +
        " is no file, and an .npy begins with the number of rows, which is known at "
        "the end; accepted a file, or another name for JSON lines");
  }
  if (target.is_stream() || target.name.ends_with(".jsonl")) return Format::kJsonl;
  return InvalidArgumentError("found \"" + target.name +
                              "\", accepted a name that ends in .jsonl or .npy, or -");
}

Status VectorOutput::GoOnAfter(std::uint64_t rows, std::uint64_t bytes) {
  RETURN_IF_ERROR(file_.GoOnAfter(bytes));
  rows_ = rows;
  return {};
}

Status VectorOutput::Write(std::span<const float> vectors) {
  CHECK(vectors.size() % dim_ == 0, "whole rows");
  std::string bytes = Header();
  if (format_ == Format::kNpy) {
    const std::string_view rows(reinterpret_cast<const char*>(vectors.data()),
                                vectors.size_bytes());
    RETURN_IF_ERROR(file_.Append(bytes.empty() ? rows : bytes.append(rows)));
  } else {
    for (std::size_t row = 0; row < vectors.size(); row += dim_) {
      JsonWriter json(bytes);
      json.BeginObject().Key("embedding").BeginArray();
      for (const float value : vectors.subspan(row, dim_)) json.Float(value);
      json.EndArray().EndObject();
      bytes += '\n';
    }
    RETURN_IF_ERROR(file_.Append(bytes));
  }
  rows_ += vectors.size() / dim_;
  return {};
}

std::string VectorOutput::Header() const {
  return format_ == Format::kNpy && file_.size() == 0 ? NpyHeader(0, dim_) : "";
}

Status VectorOutput::PatchHeader() {
  return format_ == Format::kNpy && file_.size() > 0 ? file_.Patch(0, NpyHeader(rows_, dim_))
                                                     : Status();
}

Status VectorOutput::Commit() {
  RETURN_IF_ERROR(file_.Append(Header()));
  RETURN_IF_ERROR(PatchHeader());
  return file_.Commit();
}

Status VectorOutput::KeepDraft() {
  RETURN_IF_ERROR(PatchHeader());
  return file_.Sync();
}

}  // namespace shoal
