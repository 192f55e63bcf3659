// ForEachArray is the one description of the file. Layout, Map and Write all walk it, so they agree
// on the order, and a new array is one more line there (and a new kVersion).
//
// The file holds no names. Which arrays there are, and how large, follows from the model's shape:
// the table of the file must equal, byte for byte, the one that Layout computes. After that and the
// checksum, mapping is pointing: nothing is parsed or copied.
#include "engine/weight_cache.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <cstring>
#include <system_error>
#include <utility>

#include "engine/weights_check.h"

namespace shoal {
namespace {

constexpr std::uint64_t kMagic = 0x444B504C414F4853;  // "SHOALPKD"
// Of this layout and of every packing. Since 4 a file is packed only of weights that are all
// finite.
constexpr std::uint64_t kVersion = 4;
constexpr std::size_t kAlignment = 64;

struct Header {
  std::uint64_t magic = kMagic;
  std::uint64_t version = kVersion;
  std::uint64_t checksum = 0;  // XXH3-64 of everything after the header
  std::uint64_t array_count = 0;
};

struct Entry {
  std::uint64_t offset = 0;  // from the start of the file
  std::uint64_t size = 0;    // bytes
};

std::size_t Aligned(std::size_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

// Calls visit(array, count) for each array of the model, in the order of the file; `count` follows
// from the model's shape. `Model` is Weights::Impl or const.
template <typename Model, typename Visit>
void ForEachArray(Model& model, const Visit& visit) {
  const std::size_t hidden = model.hidden();
  const auto norm = [&](auto& weights) {
    visit(weights.gain, hidden);
    visit(weights.bias, hidden);
  };
  const auto linear = [&](auto& weights) {
    const auto of = [&](Precision precision) {
      return model.precision == precision ? weights.in * weights.out : 0;
    };
    visit(weights.fp32, of(Precision::kFp32));
    visit(weights.bf16, of(Precision::kBf16));
    visit(weights.int8, of(Precision::kInt8));
    visit(weights.int8_start, model.int8_in_quads() ? weights.out : 0);
    visit(weights.int8_scale, model.precision == Precision::kInt8 ? weights.out : 0);
    visit(weights.bias, weights.out);
  };
  visit(model.words, static_cast<std::size_t>(model.config.vocabulary_size) * hidden);
  visit(model.positions, static_cast<std::size_t>(model.config.max_positions) * hidden);
  norm(model.embedding_norm);
  for (auto& layer : model.layers) {
    linear(layer.qkv);
    linear(layer.attention_output);
    norm(layer.attention_norm);
    linear(layer.up);
    linear(layer.down);
    norm(layer.output_norm);
  }
  visit(model.reference, kSelfTestItems * hidden);
}

// Where the arrays of the model lie in a file of it.
std::vector<Entry> Layout(const Weights::Impl& model) {
  std::vector<Entry> entries;
  ForEachArray(model, [&entries](const auto& array, std::size_t count) {
    entries.push_back({.size = count * sizeof(array.data()[0])});
  });
  std::size_t end = sizeof(Header) + entries.size() * sizeof(Entry);
  for (Entry& entry : entries) {
    entry.offset = Aligned(end);
    end = entry.offset + entry.size;
  }
  return entries;
}

std::string_view BytesOf(const void* data, std::size_t size) {
  return {static_cast<const char*>(data), size};
}

// Is the file the one that Layout describes, and whole?
Status Check(std::string_view file, const std::vector<Entry>& entries) {
  Header header;
  const std::size_t table = sizeof header + entries.size() * sizeof(Entry);
  if (file.size() != entries.back().offset + entries.back().size) {
    return DataLossError("has " + std::to_string(file.size()) + " bytes, expected " +
                         std::to_string(entries.back().offset + entries.back().size));
  }
  std::memcpy(&header, file.data(), sizeof header);
  if (header.magic != kMagic || header.version != kVersion ||
      header.array_count != entries.size() ||
      std::memcmp(file.data() + sizeof header, entries.data(), table - sizeof header) != 0) {
    return DataLossError("is of another format");
  }
  const std::string_view rest = file.substr(sizeof header);
  if (XXH3_64bits(rest.data(), rest.size()) != header.checksum) {
    return DataLossError("does not have the checksum that it names");
  }
  return {};
}

}  // namespace

Result<WeightCache> WeightCache::Of(const std::string& model_digest, Precision precision,
                                    Int8Layout layout) {
  ASSIGN_OR_RETURN(const std::filesystem::path folder, CacheFolder());
  const bool quads = precision == Precision::kInt8 && layout == Int8Layout::kQuads;
  const std::string packing = std::string(Name(precision)) + (quads ? "-quads" : "");
  return WeightCache(folder / "weights" / (model_digest + "-" + packing + ".v4"));
}

Status WeightCache::Map(Weights::Impl& model) const {
  ASSIGN_OR_RETURN(MappedFile mapping, MappedFile::Open(path_));
  const std::vector<Entry> entries = Layout(model);
  const auto* const bytes = reinterpret_cast<const char*>(mapping.bytes().data());
  const Status whole = Check({bytes, mapping.bytes().size()}, entries);
  if (!whole.ok()) return whole.At(path_.string());
  auto entry = entries.begin();
  ForEachArray(model, [&]<typename T>(AlignedArray<T>& array, std::size_t count) {
    array = AlignedArray<T>::ViewOf(reinterpret_cast<const T*>(bytes + (entry++)->offset), count);
  });
  model.mapping = std::move(mapping);
  return {};
}

Status WeightCache::Write(const Weights::Impl& model) const {
  const std::vector<Entry> entries = Layout(model);
  Header header{.array_count = entries.size()};
  static constexpr std::array<char, kAlignment> kPadding{};
  std::vector<std::string_view> parts = {BytesOf(&header, sizeof header),
                                         BytesOf(entries.data(), entries.size() * sizeof(Entry))};
  std::size_t end = parts[0].size() + parts[1].size();
  auto entry = entries.begin();
  ForEachArray(model, [&](const auto& array, std::size_t count) {
    CHECK(array.size() == count, "a packed model has the arrays of its shape");
    parts.emplace_back(kPadding.data(), entry->offset - end);
    parts.push_back(BytesOf(array.data(), entry->size));
    end = entry->offset + entry->size;
    ++entry;
  });
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    XXH3_64bits_update(&state, parts[i].data(), parts[i].size());
  }
  header.checksum = XXH3_64bits_digest(&state);
  std::error_code error;
  std::filesystem::create_directories(path_.parent_path(), error);
  if (error) return ErrnoError("make folder " + path_.parent_path().string(), error.value());
  return WriteFileAtomically(path_, parts);
}

}  // namespace shoal
