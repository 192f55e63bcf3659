// Private to rpc. Bytes that are written once and then sent: not cleared before they are written,
// as those of a string would be.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace google::protobuf {
class MessageLite;
}

namespace shoal {

struct WireBytes {
  explicit WireBytes(std::size_t bytes)
      : data(std::make_unique_for_overwrite<char[]>(bytes)), size(bytes) {}
  explicit WireBytes(std::string_view copied);
  std::string_view view() const { return {data.get(), size}; }

  std::unique_ptr<char[]> data;
  std::size_t size;
};

// What gRPC puts before a message: that it is not compressed, and its length.
inline constexpr std::size_t kMessageHeader = 5;  // bytes
void WriteMessageHeader(std::size_t length, char* out);

// `message` behind its header.
WireBytes Framed(const google::protobuf::MessageLite& message);

}  // namespace shoal
