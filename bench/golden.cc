#include "bench/golden.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/file.h"
#include "json/value.h"

namespace shoal {
namespace {

constexpr const char* kData = SHOAL_SOURCE_DIR "/tests/data/";
constexpr std::size_t kLargestFile = std::size_t{1} << 26;

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

Result<std::vector<Ids>> GoldenItems(const Tokenizer& tokenizer) {
  ASSIGN_OR_RETURN(const std::string content,
                   ReadFile(std::string(kData) + "golden_texts.jsonl", kLargestFile));
  std::vector<Ids> items;
  for (const std::string_view line : LinesOf(content)) {
    ASSIGN_OR_RETURN(const JsonValue object, ParseJson(line, {.name = "golden_texts.jsonl"}));
    ASSIGN_OR_RETURN(const std::string text, object.GetString("text"));
    tokenizer.Encode(text, items.emplace_back());
  }
  return items;
}

Result<std::vector<float>> GoldenVectors(std::size_t texts, std::size_t dim) {
  // "\x93NUMPY", version 1.0, the header's length as u16, a header that names type and shape.
  ASSIGN_OR_RETURN(const std::string content,
                   ReadFile(std::string(kData) + "golden_vectors.npy", kLargestFile));
  const auto refuse = [&](const std::string& what) {
    return DataLossError("golden_vectors.npy: " + what);
  };
  if (content.size() < 10 || content.substr(0, 8) != std::string("\x93NUMPY\x01\x00", 8)) {
    return refuse("is no .npy file of version 1.0");
  }
  const std::size_t begin = 10 + static_cast<unsigned char>(content[8]) +
                            256 * static_cast<std::size_t>(static_cast<unsigned char>(content[9]));
  const std::string shape = "(" + std::to_string(texts) + ", " + std::to_string(dim) + ")";
  const std::string_view header = std::string_view(content).substr(0, begin);
  if (header.find("'<f4'") == header.npos || header.find("'fortran_order': False") == header.npos ||
      header.find(shape) == header.npos) {
    return refuse("expected little-endian fp32 of shape " + shape);
  }
  std::vector<float> vectors(texts * dim);
  if (content.size() != begin + vectors.size() * sizeof(float)) return refuse("is not whole");
  std::memcpy(vectors.data(), content.data() + begin, vectors.size() * sizeof(float));
  return vectors;
}

Result<std::vector<Ids>> ItemsOfLines(const std::filesystem::path& file,
                                      const Tokenizer& tokenizer) {
  ASSIGN_OR_RETURN(const std::string content, ReadFile(file, kLargestFile));
  std::vector<Ids> items;
  for (const std::string_view line : LinesOf(content)) {
    if (line.empty() || line.front() == '#') continue;
    tokenizer.Encode(line, items.emplace_back());
  }
  return items;
}

Ids Cut(const Ids& item, std::size_t tokens) {
  if (item.size() <= tokens) return item;
  Ids cut(item.begin(), item.begin() + static_cast<std::ptrdiff_t>(tokens));
  cut.back() = item.back();
  return cut;
}

std::size_t TokensOf(std::span<const Ids> items) {
  std::size_t tokens = 0;
  for (const Ids& item : items) tokens += item.size();
  return tokens;
}

}  // namespace shoal
