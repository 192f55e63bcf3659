// Private to rpc. Writes the wire form of protobuf straight into the bytes that are sent.
//
// A length comes before what it measures, so a message is written in two passes: a function that
// names its fields once is called with a WireCounter, which adds up their size, and with a
// WireWriter, which writes them into bytes of that number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace shoal {

inline std::size_t VarintBytes(std::uint64_t value) {
  std::size_t bytes = 1;
  while (value >= 0x80) value >>= 7, ++bytes;
  return bytes;
}

// Counts the bytes that WireWriter writes.
class WireCounter {
 public:
  void Varint(std::uint64_t value) { size += VarintBytes(value); }
  void Bytes(std::string_view bytes) { size += bytes.size(); }

  std::size_t size = 0;
};

class WireWriter {
 public:
  explicit WireWriter(char* to) : to_(to) {}
  void Varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) *to_++ = static_cast<char>(value | 0x80);
    *to_++ = static_cast<char>(value);
  }
  void Bytes(std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(to_, bytes.data(), bytes.size());
    to_ += bytes.size();
  }
  const char* end() const { return to_; }

 private:
  char* to_;
};

template <typename Out>
void WriteLength(Out& out, int field, std::size_t length) {
  out.Varint(static_cast<std::uint64_t>(field) << 3 | 2);
  out.Varint(length);
}

template <typename Out>
void WriteText(Out& out, int field, std::string_view text) {
  WriteLength(out, field, text.size());
  out.Bytes(text);
}

template <typename Out>
void WriteNumber(Out& out, int field, std::uint64_t value) {
  out.Varint(static_cast<std::uint64_t>(field) << 3);
  out.Varint(value);
}

}  // namespace shoal
