// Ollama's API, as far as it is about embeddings and about which models there are.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "routes/route_context.h"
#include "routes/route_table.h"

namespace shoal {

// {"model", "input": "a text" or ["texts", ...], "truncate": true, "dimensions"}; "options",
// "keep_alive" and other fields are passed over. No `input`, "" and [] are a request for no vector:
// without texts, which no EmbedHandler takes. Pure.
std::variant<EmbedRequest, Fault> ReadOllamaEmbed(std::string_view body, const Limits& limits,
                                                  const ModelInfo& model);

// {"model", "prompt": "a text"} of the older route; without `prompt`, or with "", likewise. Pure.
std::variant<EmbedRequest, Fault> ReadOllamaEmbeddings(std::string_view body, const Limits& limits);

// Ollama's names have tags, and "x" means "x:latest": MODEL_NOT_FOUND if the model has neither as a
// name. Pure.
std::optional<Refusal> CheckOllamaModel(std::string_view asked, const ModelNames& names);

// POST /api/embed, /api/embeddings and /api/show, GET /api/tags, /api/ps and /api/version. What
// Ollama has for other things than vectors is absent.
void AddOllamaRoutes(RouteContext& context, RouteTable& routes);

}  // namespace shoal
