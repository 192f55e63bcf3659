// How much a client may ask for. Every size is checked before memory is taken for it.
#pragma once

#include <cstddef>

namespace shoal {

struct Limits {
  std::size_t max_texts = 2048;                // per request
  std::size_t max_text_bytes = 1 << 20;        // per text
  std::size_t max_request_bytes = 16 << 20;    // of a whole request, as received
  std::size_t max_reply_bytes = 4 << 20;       // of an answer: what stock gRPC clients accept
  std::size_t max_received_bytes = 256 << 20;  // of all requests that are not yet answered
  std::size_t max_unread_bytes = 256 << 20;    // of all answers that clients do not read
  std::size_t max_connections = 1024;          // at one time
  std::size_t max_metadata_bytes = std::size_t{16} << 10;  // header bytes of one call
};

}  // namespace shoal
