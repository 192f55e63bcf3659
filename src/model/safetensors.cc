//   | 8 bytes: n | n bytes of JSON | tensor | tensor | ... | tensor |   no hole, no overlap
//
// Checked in two steps: each entry by itself (ParseEntry: its size is that of its shape and
// format), then all together (CheckLayout: sorted, each begins where the one before ends, the last
// ends with the file). After that no offset is looked at again, and ReadFloats cannot read outside
// the file.
#include "model/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "json/value.h"
#include "model/file_kind.h"

namespace shoal {
namespace {

constexpr std::size_t kLengthSize = 8;
constexpr char kCutShort[] =
    ": the file is cut short, perhaps by a download or copy that broke off; bring the model again "
    "with `shoal model fetch ORGANIZATION/NAME`";

// Bytes of one element; nothing for a name that the format does not know.
std::optional<std::size_t> ElementSize(std::string_view dtype) {
  constexpr std::pair<std::string_view, std::size_t> kSizes[] = {
      {"F32", 4}, {"F16", 2}, {"BF16", 2},    {"F64", 8},     {"I64", 8},
      {"I32", 4}, {"I16", 2}, {"I8", 1},      {"U64", 8},     {"U32", 4},
      {"U16", 2}, {"U8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"BOOL", 1}};
  for (const auto& [name, size] : kSizes) {
    if (name == dtype) return size;
  }
  return std::nullopt;
}

std::string ShapeText(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (const std::int64_t extent : shape) {
    text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
  }
  return text + "]";
}

// The bytes that a shape takes; nothing when they do not fit 64 bits.
std::optional<std::size_t> SizeOf(std::span<const std::int64_t> shape, std::size_t element) {
  std::size_t size = element;
  for (const std::int64_t extent : shape) {
    if (__builtin_mul_overflow(size, static_cast<std::size_t>(extent), &size)) return std::nullopt;
  }
  return size;
}

float WidenBf16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

float WidenF16(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000) << 16;
  const std::uint32_t exponent = (bits >> 10) & 31;
  const std::uint32_t mantissa = bits & 0x3FF;
  if (exponent == 0) {  // zero or denormal: mantissa * 2^-24, exact in fp32
    const float magnitude = static_cast<float>(mantissa) * 0x1.0p-24f;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | sign);
  }
  const std::uint32_t widened = exponent == 31 ? 255 : exponent + (127 - 15);
  return std::bit_cast<float>(sign | (widened << 23) | (mantissa << 13));
}

std::vector<float> Widen(std::span<const std::byte> bytes, float (*widen)(std::uint16_t)) {
  std::vector<float> floats(bytes.size() / 2);
  for (std::size_t i = 0; i < floats.size(); ++i) {
    std::uint16_t bits;
    std::memcpy(&bits, bytes.data() + 2 * i, 2);
    floats[i] = widen(bits);
  }
  return floats;
}

Status CheckMetadata(const JsonValue& metadata) {
  ASSIGN_OR_RETURN(const std::vector<JsonMember> members, metadata.Members());
  for (const JsonMember& member : members) RETURN_IF_ERROR(member.value.AsString().status());
  return {};
}

// What a header says of one tensor, believable by itself.
struct Entry {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::size_t begin = 0;
  std::size_t end = 0;
};

Result<Entry> ParseEntry(const JsonMember& member) {
  const JsonValue& value = member.value;
  Entry entry;
  entry.name = member.key;
  ASSIGN_OR_RETURN(entry.dtype, value.GetString("dtype"));
  const std::optional<std::size_t> element = ElementSize(entry.dtype);
  if (!element.has_value()) return value.Error("has the unknown dtype \"" + entry.dtype + "\"");

  ASSIGN_OR_RETURN(const JsonValue shape, value.Get("shape"));
  ASSIGN_OR_RETURN(const std::vector<JsonValue> extents, shape.Elements());
  for (const JsonValue& extent : extents) {
    ASSIGN_OR_RETURN(entry.shape.emplace_back(), extent.AsInt(0, INT64_MAX));
  }
  ASSIGN_OR_RETURN(const JsonValue offsets, value.Get("data_offsets"));
  ASSIGN_OR_RETURN(const std::vector<JsonValue> ends, offsets.Elements());
  if (ends.size() != 2) {
    return offsets.Error("has " + std::to_string(ends.size()) + " elements, expected 2");
  }
  ASSIGN_OR_RETURN(const std::int64_t begin, ends[0].AsInt(0, INT64_MAX));
  ASSIGN_OR_RETURN(const std::int64_t end, ends[1].AsInt(begin, INT64_MAX));
  entry.begin = static_cast<std::size_t>(begin);
  entry.end = static_cast<std::size_t>(end);
  if (value.size() != 3) {
    return value.Error("has members beside dtype, shape and data_offsets");
  }
  const std::optional<std::size_t> size = SizeOf(entry.shape, *element);
  if (!size.has_value() || *size != entry.end - entry.begin) {
    return value.Error("has " + std::to_string(entry.end - entry.begin) + " bytes, expected " +
                       (size.has_value() ? std::to_string(*size) : "more than 2^64") + " for " +
                       entry.dtype + " " + ShapeText(entry.shape));
  }
  return entry;
}

// The tensors lie one behind the other over the whole data: no overlap, no hole.
Status CheckLayout(std::vector<Entry>& entries, std::size_t data_size, const std::string& path) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::size_t next = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != next) {
      return InvalidArgumentError(path + ": tensor \"" + entry.name + "\" begins at " +
                                  std::to_string(entry.begin) + ", expected " +
                                  std::to_string(next) + ", where the one before it ends");
    }
    next = entry.end;
  }
  if (next > data_size) {
    return InvalidArgumentError(path + " lacks the last " + std::to_string(next - data_size) +
                                " of " + std::to_string(next) + " bytes of tensors" + kCutShort);
  }
  if (next < data_size) {
    return InvalidArgumentError(path + ": the tensors end at " + std::to_string(next) +
                                ", expected " + std::to_string(data_size) +
                                ", the end of the file");
  }
  return {};
}

Result<std::vector<Entry>> ParseHeader(std::string_view header, std::size_t data_size,
                                       const std::string& path) {
  ASSIGN_OR_RETURN(const JsonValue root, ParseJson(header, {.name = path, .max_depth = 4}));
  ASSIGN_OR_RETURN(const std::vector<JsonMember> members, root.Members());
  std::vector<Entry> entries;
  for (const JsonMember& member : members) {
    if (member.key == "__metadata__") {
      RETURN_IF_ERROR(CheckMetadata(member.value));
      continue;
    }
    ASSIGN_OR_RETURN(entries.emplace_back(), ParseEntry(member));
  }
  RETURN_IF_ERROR(CheckLayout(entries, data_size, path));
  return entries;
}

}  // namespace

Result<SafeTensors> SafeTensors::Open(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
  ASSIGN_OR_RETURN(SafeTensors tensors, Parse(path.string(), file.bytes()));
  tensors.file_ = std::move(file);
  return tensors;
}

Result<SafeTensors> SafeTensors::Parse(std::string name, std::span<const std::byte> content) {
  const std::string_view bytes(reinterpret_cast<const char*>(content.data()), content.size());
  RETURN_IF_ERROR(CheckKind(name, FileFormat::kSafeTensors, bytes));
  if (content.size() < kLengthSize) {
    return InvalidArgumentError(name + " has " + std::to_string(content.size()) +
                                " bytes, expected at least 8");
  }
  std::uint64_t header_size = 0;
  for (std::size_t i = kLengthSize; i-- > 0;) {
    header_size = header_size << 8 | std::to_integer<std::uint64_t>(content[i]);
  }
  const std::size_t most = std::min(content.size() - kLengthSize, kMaxTensorsHeader);
  if (header_size > most) {
    const bool is_cut = header_size <= kMaxTensorsHeader && bytes.substr(kLengthSize, 1) == "{";
    return InvalidArgumentError(name + " says its header has " + std::to_string(header_size) +
                                " bytes, expected at most " + std::to_string(most) +
                                (is_cut ? kCutShort : ""));
  }
  const std::size_t data_begin = kLengthSize + header_size;
  ASSIGN_OR_RETURN(std::vector<Entry> entries, ParseHeader(bytes.substr(kLengthSize, header_size),
                                                           content.size() - data_begin, name));
  std::map<std::string, Tensor> tensors;
  for (Entry& entry : entries) {
    tensors[entry.name] = {.dtype = std::move(entry.dtype),
                           .shape = std::move(entry.shape),
                           .begin = entry.begin,
                           .size = entry.end - entry.begin};
  }
  return SafeTensors(std::move(name), content.subspan(data_begin), std::move(tensors));
}

Result<std::vector<float>> SafeTensors::ReadFloats(const std::string& name,
                                                   std::span<const std::int64_t> shape) const {
  const std::string where = name_ + ": tensor \"" + name + "\" ";
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    return NotFoundError(where + "is missing, expected shape " + ShapeText(shape));
  }
  const Tensor& tensor = found->second;
  if (!std::equal(shape.begin(), shape.end(), tensor.shape.begin(), tensor.shape.end())) {
    return InvalidArgumentError(where + "has shape " + ShapeText(tensor.shape) + ", expected " +
                                ShapeText(shape));
  }
  const auto bytes = data_.subspan(tensor.begin, tensor.size);
  if (tensor.dtype == "F16") return Widen(bytes, WidenF16);
  if (tensor.dtype == "BF16") return Widen(bytes, WidenBf16);
  if (tensor.dtype != "F32") {
    return InvalidArgumentError(where + "has dtype " + tensor.dtype +
                                ", expected F32, F16 or BF16");
  }
  std::vector<float> floats(bytes.size() / sizeof(float));
  if (!floats.empty()) std::memcpy(floats.data(), bytes.data(), bytes.size());
  return floats;
}

std::vector<std::string> SafeTensors::names() const {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors_) names.push_back(name);
  return names;
}

}  // namespace shoal
