// A request for vectors, from the route that has read it to its answer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "api/embed.h"
#include "api/records.h"
#include "http/http_handler.h"
#include "routes/call_terms.h"
#include "routes/route_call.h"
#include "routes/route_context.h"
#include "routes/vectors_body.h"

namespace shoal {

// What a route makes of a reply. It may change the vectors, which are written behind `before`.
struct EmbedReplyForm {
  VectorsLayout layout;
  std::vector<HttpField> headers = {};
};
using FormReply = std::function<EmbedReplyForm(EmbedReply& reply, const EmbedTiming& timing)>;

// May change the words of the handler's refusal.
using FormRefusal = std::function<void(Refusal& refusal)>;

// Whose API a path asks for vectors by; nothing: it does not.
std::optional<Api> EmbedApiOf(std::string_view path);

// Of all texts of a reply.
std::uint64_t TokensOf(const EmbedReply& reply);

// Hands `request` to the handler, under the terms of the call's headers and with the call's id,
// and answers the call with what `form` makes of the reply, or refuses it. The call of who goes
// before is cancelled.
std::unique_ptr<HttpWork> StartEmbed(RouteCall call, EmbedRequest request, RouteContext& context,
                                     FormReply form, FormRefusal form_refusal = nullptr);

}  // namespace shoal
