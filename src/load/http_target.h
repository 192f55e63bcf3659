// A server behind HTTP as EmbedClient has it: what traffic goes to that is not gRPC.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "api/embed_client.h"
#include "base/clock.h"
#include "base/status.h"
#include "load/http_form.h"

namespace shoal {

// As many connections as requests are in flight, at most `max_connections`; a request beyond them
// waits in order. They are made when they are needed. Call Info first: it learns the model's name,
// which OpenAI's form asks for, and where the server does not tell the dimension, it embeds a word.
// `clock` outlives the client. INVALID_ARGUMENT: the address is not HOST:PORT.
Result<std::unique_ptr<EmbedClient>> OpenHttpTarget(HttpForm form, const std::string& address,
                                                    std::size_t max_connections,
                                                    const Clock& clock);

}  // namespace shoal
