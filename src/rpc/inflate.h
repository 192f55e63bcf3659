// Private to rpc. Messages that a client compressed, gzip or deflate in the words of grpc-encoding.
// A few bytes may stand for a gigabyte: memory is taken as it comes out, and never beyond a limit.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"

namespace shoal {

// What one gzip or zlib stream holds; which of both it is, it says itself. RESOURCE_EXHAUSTED if
// more than `max_bytes` would come out. INVALID_ARGUMENT for bytes that are no such stream, are cut
// off, or are followed by others.
Result<std::string> Inflate(std::string_view compressed, std::size_t max_bytes);

}  // namespace shoal
