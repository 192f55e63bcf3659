// Private to rpc. Goes over bytes of the wire form of protobuf, field by field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace shoal {

enum WireType : std::uint32_t {
  kVarint = 0,
  kFixed64 = 1,
  kLengthDelimited = 2,
  kStartGroup = 3,
  kEndGroup = 4,
  kFixed32 = 5,
};

struct WireTag {
  std::uint32_t field = 0;
  std::uint32_t type = 0;
};

// A place in bytes that lie in slices, which outlive it. Functions that return false have left
// `error`.
class WireCursor {
 public:
  explicit WireCursor(std::span<const std::string_view> slices);

  bool AtEnd() const { return position_ == end_; }
  std::size_t position() const { return position_; }
  std::size_t left() const { return end_ - position_; }
  const std::string& error() const { return error_; }

  // Narrows the cursor to the next `length` bytes (they exist), and gives back the old end.
  std::size_t Enter(std::size_t length) { return std::exchange(end_, position_ + length); }
  void Leave(std::size_t old_end) { end_ = old_end; }

  // Of at most `max_bytes` bytes.
  bool ReadVarint(int max_bytes, std::uint64_t& value) {
    if (position_ < end_ && offset_ < slices_[slice_].size()) {
      const auto byte = static_cast<unsigned char>(slices_[slice_][offset_]);
      if (byte < 0x80) {  // most are
        value = byte;
        ++offset_;
        ++position_;
        return true;
      }
    }
    return ReadLongVarint(max_bytes, value);
  }
  bool ReadTag(WireTag& tag);
  // The length of what follows, all of which is there.
  bool ReadLength(std::size_t& length);

  bool SkipField(const WireTag& tag);  // no group
  // Over a group and what is in it, groups too.
  bool SkipGroup(std::uint32_t field);
  bool Skip(std::size_t length);

  // `length` bytes that are there.
  std::string Copy(std::size_t length);
  // The same where they lie: in one slice.
  std::string_view Take(std::size_t length);

  bool Fail(const std::string& what);

 private:
  bool ReadLongVarint(int max_bytes, std::uint64_t& value);
  char NextByte();
  template <typename Visit>
  void ForEachPiece(std::size_t length, Visit visit);

  std::span<const std::string_view> slices_;
  std::size_t slice_ = 0;
  std::size_t offset_ = 0;  // in the slice
  std::size_t position_ = 0;
  std::size_t end_ = 0;
  std::string error_;
};

}  // namespace shoal
