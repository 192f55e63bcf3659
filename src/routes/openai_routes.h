// OpenAI's API, as far as it is about embeddings.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "routes/route_context.h"
#include "routes/route_table.h"

namespace shoal {

struct OpenAiEmbeddings {
  EmbedRequest request;  // texts, model, prompt_name, truncate
  bool is_base64 = false;
};

// {"input": "a text" or ["texts", ...], "model", "encoding_format": "float" or "base64",
// "dimensions", "user"}; of ours, "truncate" and "prompt_name". Other fields are passed over. Pure.
std::variant<OpenAiEmbeddings, Fault> ReadOpenAiEmbeddings(std::string_view body,
                                                           const Limits& limits,
                                                           const ModelInfo& model);

// POST /v1/embeddings and /embeddings, GET /v1/models and /v1/models/{name}.
void AddOpenAiRoutes(RouteContext& context, RouteTable& routes);

}  // namespace shoal
