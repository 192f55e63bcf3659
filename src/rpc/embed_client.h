// A client of the public gRPC interface (proto/public.proto), for our own commands and tests.
#pragma once

#include <memory>
#include <string>

#include "api/embed_client.h"
#include "base/status.h"

namespace shoal {

// One connection, made when the client is first used. INVALID_ARGUMENT: the address is not
// HOST:PORT.
Result<std::unique_ptr<EmbedClient>> ConnectEmbedClient(const std::string& address);

}  // namespace shoal
