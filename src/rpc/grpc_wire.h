// Private to rpc. What gRPC puts on HTTP/2 in a spelling of its own: the headers grpc-timeout,
// grpc-message and content-type. Values of headers whose names end in -bin are base64 without
// padding (base/base64.h).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace shoal {

// "250m": one to eight digits and H, M, S, m, u or n. More than 100 days are 100 days, so that the
// result can be added to a point in time. nullopt if it is anything else.
std::optional<std::chrono::nanoseconds> ParseGrpcTimeout(std::string_view value);

// For grpc-message: printable ASCII as it is, every other byte and '%' as %0A.
std::string PercentEncoded(std::string_view bytes);

// "application/grpc", alone or with what follows a '+' (a message format) or ';' (parameters). Not
// "application/grpc-web", which is another protocol.
bool IsGrpcContentType(std::string_view value);

}  // namespace shoal
