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

Result<VectorOutput::Format> VectorOutput::FormatOf(const std::string& path) {
  if (path.empty() || path == "-" || path.ends_with(".jsonl")) return Format::kJsonl;
  if (path.ends_with(".npy")) return Format::kNpy;
  return InvalidArgumentError("found \"" + path +
                              "\", accepted a name that ends in .jsonl or .npy, or -");
}

Result<VectorOutput> VectorOutput::Open(const std::string& path, int dim) {
  ASSIGN_OR_RETURN(const Format format, FormatOf(path));
  ASSIGN_OR_RETURN(OutputFile file, OutputFile::Open(path));
  VectorOutput output(std::move(file), format, dim);
  if (format == Format::kNpy) RETURN_IF_ERROR(output.file_.Append(NpyHeader(0, output.dim_)));
  return output;
}

Result<VectorOutput> VectorOutput::Reopen(const std::string& path, int dim, std::uint64_t rows,
                                          std::uint64_t bytes) {
  ASSIGN_OR_RETURN(const Format format, FormatOf(path));
  ASSIGN_OR_RETURN(OutputFile file, OutputFile::Reopen(path, bytes));
  VectorOutput output(std::move(file), format, dim);
  output.rows_ = rows;
  return output;
}

Status VectorOutput::Write(std::span<const float> vectors) {
  CHECK(vectors.size() % dim_ == 0, "whole rows");
  rows_ += vectors.size() / dim_;
  if (format_ == Format::kNpy) {
    return file_.Append({reinterpret_cast<const char*>(vectors.data()), vectors.size_bytes()});
  }
  std::string lines;
  for (std::size_t row = 0; row < vectors.size(); row += dim_) {
    JsonWriter json(lines);
    json.BeginObject().Key("embedding").BeginArray();
    for (const float value : vectors.subspan(row, dim_)) json.Float(value);
    json.EndArray().EndObject();
    lines += '\n';
  }
  return file_.Append(lines);
}

Status VectorOutput::PatchHeader() {
  return format_ == Format::kNpy ? file_.Patch(0, NpyHeader(rows_, dim_)) : Status();
}

Status VectorOutput::Commit() {
  RETURN_IF_ERROR(PatchHeader());
  return file_.Commit();
}

Status VectorOutput::KeepDraft() {
  RETURN_IF_ERROR(PatchHeader());
  return file_.KeepDraft();
}

}  // namespace shoal
