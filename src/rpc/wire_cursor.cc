#include "rpc/wire_cursor.h"

#include <vector>

#include "base/check.h"

namespace shoal {
namespace {

constexpr std::size_t kMaxNesting = 100;  // of groups, as in the generated parser

}  // namespace

WireCursor::WireCursor(std::span<const std::string_view> slices) : slices_(slices) {
  for (const std::string_view slice : slices) end_ += slice.size();
}

template <typename Visit>
void WireCursor::ForEachPiece(std::size_t length, Visit visit) {
  position_ += length;
  while (length > 0) {
    const std::string_view rest = slices_[slice_].substr(offset_);
    const std::string_view piece = rest.substr(0, length);
    if (!piece.empty()) visit(piece);
    length -= piece.size();
    offset_ += piece.size();
    if (piece.size() == rest.size()) {
      ++slice_;
      offset_ = 0;
    }
  }
}

char WireCursor::NextByte() {
  char byte = 0;
  ForEachPiece(1, [&byte](std::string_view piece) { byte = piece.front(); });
  return byte;
}

bool WireCursor::ReadLongVarint(int max_bytes, std::uint64_t& value) {
  value = 0;
  for (int i = 0; i < max_bytes; ++i) {
    if (AtEnd()) return Fail("the request is cut off");
    const std::uint64_t byte = static_cast<unsigned char>(NextByte());
    if (i == 9 && byte > 1) return Fail("a varint of more than 64 bits");
    value |= (byte & 0x7F) << (7 * i);
    if (byte < 0x80) return true;
  }
  return Fail("a varint that is too long");
}

bool WireCursor::ReadTag(WireTag& tag) {
  std::uint64_t value = 0;
  if (!ReadVarint(5, value)) return false;
  tag = {.field = static_cast<std::uint32_t>(value >> 3),
         .type = static_cast<std::uint32_t>(value & 7)};
  if (value >> 32 != 0 || tag.field == 0) return Fail("a field number that cannot be");
  return true;
}

bool WireCursor::ReadLength(std::size_t& length) {
  std::uint64_t value = 0;
  if (!ReadVarint(5, value)) return false;
  if (value > left()) {
    return Fail("the request is cut off: a length of " + std::to_string(value) + " with " +
                std::to_string(left()) + " bytes left");
  }
  length = value;
  return true;
}

bool WireCursor::SkipField(const WireTag& tag) {
  std::uint64_t ignored = 0;
  std::size_t length = 0;
  switch (tag.type) {
    case kVarint:
      return ReadVarint(10, ignored);
    case kFixed64:
      return Skip(8);
    case kFixed32:
      return Skip(4);
    case kLengthDelimited:
      return ReadLength(length) && Skip(length);
    default:
      return Fail("wire type " + std::to_string(tag.type) + ", which is not accepted");
  }
}

bool WireCursor::SkipGroup(std::uint32_t field) {
  std::vector<std::uint32_t> open = {field};
  while (!open.empty()) {
    WireTag tag;
    if (!ReadTag(tag)) return false;
    if (tag.type == kStartGroup) {
      if (open.size() == kMaxNesting) {
        return Fail("more than " + std::to_string(kMaxNesting) + " groups inside each other");
      }
      open.push_back(tag.field);
    } else if (tag.type != kEndGroup) {
      if (!SkipField(tag)) return false;
    } else if (tag.field != open.back()) {
      return Fail("group " + std::to_string(tag.field) + " ends where group " +
                  std::to_string(open.back()) + " is open");
    } else {
      open.pop_back();
    }
  }
  return true;
}

bool WireCursor::Skip(std::size_t length) {
  if (length > left()) return Fail("the request is cut off");
  ForEachPiece(length, [](std::string_view) {});
  return true;
}

std::string WireCursor::Copy(std::size_t length) {
  std::string bytes;
  bytes.reserve(length);
  ForEachPiece(length, [&bytes](std::string_view piece) { bytes += piece; });
  return bytes;
}

std::string_view WireCursor::Take(std::size_t length) {
  std::string_view taken;
  ForEachPiece(length, [&taken](std::string_view piece) { taken = piece; });
  CHECK(taken.size() == length, "what is taken lies in one slice");
  return taken;
}

bool WireCursor::Fail(const std::string& what) {
  error_ = what + ", at byte " + std::to_string(position_);
  return false;
}

}  // namespace shoal
