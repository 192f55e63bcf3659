// Private to rpc. Writes an EmbedResponse straight into the bytes that are sent: the worker's bytes
// are copied once, no generated message in between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "api/embed.h"
#include "rpc/wire_bytes.h"

namespace shoal {

// What every reply of one endpoint says.
struct ReplyHeader {
  std::string model;
  std::string precision;
};

// An upper bound of the reply's size, before any work is done: `texts` vectors of `dim` floats, ids
// `<request_id>-<index>`, and 4 KiB for the names of model and workers.
std::size_t ReplyBound(std::size_t texts, int dim, const std::string& request_id);

// The EmbedResponse: code OK, one id `<request_id>-<index>` per text (index from 0), the vectors,
// and fields 16 to 24; behind its kMessageHeader.
WireBytes WriteReply(const EmbedReply& reply, const CallWork& work, const std::string& request_id,
                     const ReplyHeader& header);

// The same inside a StreamResponse with this index.
WireBytes WriteStreamReply(std::uint64_t index, const EmbedReply& reply, const CallWork& work,
                           const std::string& request_id, const ReplyHeader& header);

}  // namespace shoal
