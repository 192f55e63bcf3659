// The API of Hugging Face's text-embeddings-inference, as far as it is about embeddings.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "routes/route_context.h"
#include "routes/route_table.h"

namespace shoal {

struct TeiEmbed {
  EmbedRequest request;   // texts, prompt_name, truncate, truncate_left
  bool normalize = true;  // the vectors are wanted with length 1
};

// {"inputs": "a text" or ["texts", ...], "normalize", "truncate", "truncation_direction": "Right"
// or "Left", "prompt_name", "dimensions"}. An empty text has a vector like others. Other fields are
// passed over. Pure.
std::variant<TeiEmbed, Fault> ReadTeiEmbed(std::string_view body, const Limits& limits,
                                           const ModelInfo& model, bool auto_truncate);

// {"inputs": {"source_sentence", "sentences": [...]}, "parameters": {"truncate",
// "truncation_direction", "prompt_name"}}. The source is the last of the texts, so that refusals
// count the sentences as the client does. Pure.
std::variant<EmbedRequest, Fault> ReadTeiSimilarity(std::string_view body, const Limits& limits,
                                                    bool auto_truncate);

// What TEI says about a reply to texts of so many characters, in whole milliseconds; x-compute-time
// is all of it. Nobody measures x-tokenization-time here. Pure.
std::vector<HttpField> TeiHeaders(const EmbedReply& reply, const EmbedTiming& timing,
                                  std::size_t characters);

// POST /embed, / and /similarity, GET /info and /health. TEI's other routes are absent.
void AddTeiRoutes(RouteContext& context, const std::function<bool()>& is_ready, RouteTable& routes);

}  // namespace shoal
