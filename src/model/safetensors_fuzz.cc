// Bytes as a weight file: every one is either refused or read to the last float, and what is read
// agrees with its header.
#include "model/safetensors.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>

#include "base/check.h"
#include "json/value.h"

namespace shoal {
namespace {

constexpr std::size_t kLengthSize = 8;

std::uint64_t HeaderSize(const std::uint8_t* data) {
  std::uint64_t size = 0;
  for (std::size_t i = kLengthSize; i-- > 0;) size = size << 8 | data[i];
  return size;
}

std::vector<std::int64_t> ShapeOf(const JsonValue& tensor) {
  std::vector<std::int64_t> shape;
  const std::vector<JsonValue> extents = tensor.Get("shape")->Elements().value();
  for (const JsonValue& extent : extents) {
    shape.push_back(extent.AsInt(0, std::numeric_limits<std::int64_t>::max()).value());
  }
  return shape;
}

// Everything that the header of an accepted file lists can be asked for, and nothing else.
void ReadAll(const SafeTensors& file, std::string_view header) {
  std::size_t count = 0;
  const std::vector<JsonMember> members = ParseJson(header)->Members().value();
  for (const JsonMember& member : members) {
    if (member.key == "__metadata__") continue;
    ++count;
    CHECK(file.Has(member.key), "a tensor of the header is there");
    std::vector<std::int64_t> shape = ShapeOf(member.value);
    std::size_t elements = 1;
    for (const std::int64_t extent : shape) elements *= static_cast<std::size_t>(extent);
    const std::string dtype = member.value.GetString("dtype").value();
    const auto floats = file.ReadFloats(member.key, shape);
    const bool readable = dtype == "F32" || dtype == "F16" || dtype == "BF16";
    CHECK(floats.ok() == readable, "floats and nothing else are read");
    CHECK(!floats.ok() || floats->size() == elements, "as many floats as the shape has");
    shape.push_back(1);
    CHECK(!file.ReadFloats(member.key, shape).ok(), "another shape is refused");
  }
  CHECK(file.names().size() == count, "no tensor beside the header's");
  CHECK(!file.ReadFloats("no such tensor", {}).ok(), "an absent tensor is refused");
}

}  // namespace
}  // namespace shoal

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes(data, size);
  const auto file = shoal::SafeTensors::Parse("weights", std::as_bytes(bytes));
  if (!file.ok()) {
    CHECK(file.status().message().starts_with("weights"), "an error names the file");
    return 0;
  }
  shoal::ReadAll(
      *file, {reinterpret_cast<const char*>(data) + shoal::kLengthSize, shoal::HeaderSize(data)});
  return 0;
}

#ifdef SHOAL_FUZZ
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace shoal {
namespace {

// Where the last tensor of a header ends; 0 where that cannot be told.
std::size_t DataSize(std::string_view header) {
  std::int64_t last = 0;
  const auto root = ParseJson(header);
  if (!root.ok() || !root->is_object()) return 0;
  const std::vector<JsonMember> members = root->Members().value();
  for (const JsonMember& member : members) {
    const auto offsets = member.value.Find("data_offsets");
    if (!offsets.has_value() || !offsets->is_array() || offsets->size() != 2) continue;
    const auto end = offsets->Elements().value()[1].AsInt(0, 1 << 20);
    if (end.ok()) last = std::max(last, *end);
  }
  return static_cast<std::size_t>(last);
}

}  // namespace
}  // namespace shoal

// Bytes changed anywhere are nearly always refused for the header's length. So two times in three
// the header alone is changed, its length set right, and then every second time the data's too.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  constexpr std::size_t kLength = shoal::kLengthSize;
  if (seed % 3 == 0 || size < kLength || shoal::HeaderSize(data) > size - kLength) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  std::vector<std::uint8_t> header(data + kLength, data + kLength + shoal::HeaderSize(data));
  std::vector<std::uint8_t> rest(data + kLength + header.size(), data + size);
  const std::size_t old_size = header.size();
  header.resize(max_size - kLength);
  header.resize(LLVMFuzzerMutate(header.data(), old_size, header.size()));
  if (seed % 3 == 1) {
    rest.resize(shoal::DataSize({reinterpret_cast<const char*>(header.data()), header.size()}));
  }
  rest.resize(std::min(rest.size(), max_size - kLength - header.size()));
  for (std::size_t i = 0; i < kLength; ++i) {
    data[i] = static_cast<std::uint8_t>(std::uint64_t{header.size()} >> (8 * i));
  }
  std::copy(header.begin(), header.end(), data + kLength);
  std::copy(rest.begin(), rest.end(), data + kLength + header.size());
  return kLength + header.size() + rest.size();
}
#endif
