#include "rpc/wire_bytes.h"

#include <google/protobuf/message_lite.h>

#include <cstring>

#include "base/check.h"

namespace shoal {

WireBytes::WireBytes(std::string_view copied) : WireBytes(copied.size()) {
  std::memcpy(data.get(), copied.data(), copied.size());
}

void WriteMessageHeader(std::size_t length, char* out) {
  out[0] = 0;
  for (int i = 1; i <= 4; ++i) out[i] = static_cast<char>(length >> (32 - 8 * i) & 0xFF);
}

WireBytes Framed(const google::protobuf::MessageLite& message) {
  const std::size_t length = message.ByteSizeLong();
  WireBytes bytes(kMessageHeader + length);
  WriteMessageHeader(length, bytes.data.get());
  CHECK(message.SerializeToArray(bytes.data.get() + kMessageHeader, static_cast<int>(length)),
        "a message of ours is whole");
  return bytes;
}

}  // namespace shoal
