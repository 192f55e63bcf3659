// A length comes before what it measures, so protobuf is written in two passes. `Response` names
// the fields once: with a Counter it adds up their size, with a Writer it writes them into bytes
// of that number. Going through the generated message would copy the vectors into strings and those
// into the bytes.
#include "rpc/reply_wire.h"

#include <cstring>
#include <string_view>

#include "base/check.h"

namespace shoal {
namespace {

constexpr std::size_t kNamesBytes = 4096;
constexpr std::size_t kFloatBytes = 4;
// Tags and lengths of an id, an embedding and its floats, a token count; the id's hyphen and index.
constexpr std::size_t kPerTextBytes = 3 + 2 * 6 + 5 + 1 + 20;

std::size_t VarintBytes(std::uint64_t value) {
  std::size_t bytes = 1;
  while (value >= 0x80) value >>= 7, ++bytes;
  return bytes;
}

// Counts the bytes that Writer writes.
class Counter {
 public:
  void Varint(std::uint64_t value) { size += VarintBytes(value); }
  void Bytes(std::string_view bytes) { size += bytes.size(); }

  std::size_t size = 0;
};

class Writer {
 public:
  explicit Writer(char* to) : to_(to) {}
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
void LengthTag(Out& out, int field, std::size_t length) {
  out.Varint(static_cast<std::uint64_t>(field) << 3 | 2);
  out.Varint(length);
}

template <typename Out>
void Text(Out& out, int field, std::string_view text) {
  LengthTag(out, field, text.size());
  out.Bytes(text);
}

template <typename Out>
void Number(Out& out, int field, std::uint64_t value) {
  out.Varint(static_cast<std::uint64_t>(field) << 3);
  out.Varint(value);
}

// Once for a Counter and once for a Writer. `code` is OK = 0, which proto3 does not write.
template <typename Out>
void Response(Out& out, const EmbedReply& reply, const std::string& request_id,
              const ReplyHeader& header) {
  const std::size_t texts = reply.token_counts.size();
  for (std::size_t i = 0; i < texts; ++i) Text(out, 3, request_id + "-" + std::to_string(i));
  const std::size_t vector_bytes = static_cast<std::size_t>(reply.dim) * kFloatBytes;
  for (std::size_t i = 0; i < texts; ++i) {
    LengthTag(out, 4, 1 + VarintBytes(vector_bytes) + vector_bytes);
    Text(out, 1, std::string_view(reply.vectors).substr(i * vector_bytes, vector_bytes));
  }
  Text(out, 16, header.model);
  Text(out, 17, header.precision);
  std::size_t count_bytes = 0;
  for (const std::uint32_t count : reply.token_counts) count_bytes += VarintBytes(count);
  LengthTag(out, 18, count_bytes);
  for (const std::uint32_t count : reply.token_counts) out.Varint(count);
  Number(out, 19, reply.truncated);
  Number(out, 20, static_cast<std::uint64_t>(reply.timing.queue_us));
  Number(out, 21, static_cast<std::uint64_t>(reply.timing.compute_us));
  Number(out, 22, static_cast<std::uint64_t>(reply.timing.total_us));
  for (const std::string& worker : reply.worker_ids) Text(out, 23, worker);
  Number(out, 24, reply.attempts);
}

WireBytes Write(std::optional<std::uint64_t> index, const EmbedReply& reply,
                const std::string& request_id, const ReplyHeader& header) {
  CHECK(reply.vectors.size() ==
            reply.token_counts.size() * static_cast<std::size_t>(reply.dim) * kFloatBytes,
        "a reply has one vector for each text");
  Counter response;
  Response(response, reply, request_id, header);
  Counter all = response;
  if (index.has_value()) {
    Number(all, 1, *index);
    LengthTag(all, 2, response.size);
  }
  WireBytes bytes(kMessageHeader + all.size);
  WriteMessageHeader(all.size, bytes.data.get());
  Writer writer(bytes.data.get() + kMessageHeader);
  if (index.has_value()) {
    Number(writer, 1, *index);
    LengthTag(writer, 2, response.size);
  }
  Response(writer, reply, request_id, header);
  CHECK(writer.end() == bytes.data.get() + bytes.size, "the reply has the size that was computed");
  return bytes;
}

}  // namespace

std::size_t ReplyBound(std::size_t texts, int dim, const std::string& request_id) {
  return kNamesBytes +
         texts * (kPerTextBytes + request_id.size() + static_cast<std::size_t>(dim) * kFloatBytes);
}

WireBytes WriteReply(const EmbedReply& reply, const std::string& request_id,
                     const ReplyHeader& header) {
  return Write(std::nullopt, reply, request_id, header);
}

WireBytes WriteStreamReply(std::uint64_t index, const EmbedReply& reply,
                           const std::string& request_id, const ReplyHeader& header) {
  return Write(index, reply, request_id, header);
}

}  // namespace shoal
