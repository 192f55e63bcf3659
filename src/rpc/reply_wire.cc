// `Response` names the fields once, for a WireCounter and for a WireWriter. Going through the
// generated message would copy the vectors into strings and those into the bytes.
#include "rpc/reply_wire.h"

#include <array>
#include <charconv>
#include <string_view>

#include "base/check.h"
#include "rpc/wire_writer.h"

namespace shoal {
namespace {

constexpr std::size_t kNamesBytes = 4096;
constexpr std::size_t kFloatBytes = 4;
// Tags and lengths of an id, an embedding and its floats, a token count; the id's hyphen and index.
constexpr std::size_t kPerTextBytes = 3 + 2 * 6 + 5 + 1 + 20;

template <typename Out>
void Id(Out& out, std::string_view request_id, std::size_t index) {
  std::array<char, 20> digits;
  const char* const end = std::to_chars(digits.begin(), digits.end(), index).ptr;
  const std::string_view suffix(digits.data(), static_cast<std::size_t>(end - digits.data()));
  WriteLength(out, 3, request_id.size() + 1 + suffix.size());
  out.Bytes(request_id);
  out.Bytes("-");
  out.Bytes(suffix);
}

// Once for a counter and once for a writer. `code` is OK = 0, which proto3 does not write.
template <typename Out>
void Response(Out& out, const EmbedReply& reply, const CallWork& work,
              const std::string& request_id, const ReplyHeader& header) {
  const std::size_t texts = reply.token_counts.size();
  for (std::size_t i = 0; i < texts; ++i) Id(out, request_id, i);
  const std::size_t vector_bytes = static_cast<std::size_t>(reply.dim) * kFloatBytes;
  for (std::size_t i = 0; i < texts; ++i) {
    WriteLength(out, 4, 1 + VarintBytes(vector_bytes) + vector_bytes);
    WriteText(out, 1, std::string_view(reply.vectors).substr(i * vector_bytes, vector_bytes));
  }
  WriteText(out, 16, header.model);
  WriteText(out, 17, header.precision);
  std::size_t count_bytes = 0;
  for (const std::uint32_t count : reply.token_counts) count_bytes += VarintBytes(count);
  WriteLength(out, 18, count_bytes);
  for (const std::uint32_t count : reply.token_counts) out.Varint(count);
  WriteNumber(out, 19, reply.truncated);
  WriteNumber(out, 20, static_cast<std::uint64_t>(work.timing.queue_us));
  WriteNumber(out, 21, static_cast<std::uint64_t>(work.timing.compute_us));
  WriteNumber(out, 22, static_cast<std::uint64_t>(work.timing.total_us));
  for (const auto& worker : work.workers) WriteText(out, 23, worker->id);
  WriteNumber(out, 24, work.attempts);
}

WireBytes Write(std::optional<std::uint64_t> index, const EmbedReply& reply, const CallWork& work,
                const std::string& request_id, const ReplyHeader& header) {
  CHECK(reply.vectors.size() ==
            reply.token_counts.size() * static_cast<std::size_t>(reply.dim) * kFloatBytes,
        "a reply has one vector for each text");
  WireCounter response;
  Response(response, reply, work, request_id, header);
  WireCounter all = response;
  if (index.has_value()) {
    WriteNumber(all, 1, *index);
    WriteLength(all, 2, response.size);
  }
  WireBytes bytes(kMessageHeader + all.size);
  WriteMessageHeader(all.size, bytes.data.get());
  WireWriter writer(bytes.data.get() + kMessageHeader);
  if (index.has_value()) {
    WriteNumber(writer, 1, *index);
    WriteLength(writer, 2, response.size);
  }
  Response(writer, reply, work, request_id, header);
  CHECK(writer.end() == bytes.data.get() + bytes.size, "the reply has the size that was computed");
  return bytes;
}

}  // namespace

std::size_t ReplyBound(std::size_t texts, int dim, const std::string& request_id) {
  return kNamesBytes +
         texts * (kPerTextBytes + request_id.size() + static_cast<std::size_t>(dim) * kFloatBytes);
}

WireBytes WriteReply(const EmbedReply& reply, const CallWork& work, const std::string& request_id,
                     const ReplyHeader& header) {
  return Write(std::nullopt, reply, work, request_id, header);
}

WireBytes WriteStreamReply(std::uint64_t index, const EmbedReply& reply, const CallWork& work,
                           const std::string& request_id, const ReplyHeader& header) {
  return Write(index, reply, work, request_id, header);
}

}  // namespace shoal
