// What embedding servers speak over HTTP: the form of OpenAI, with vectors as numbers or in base64,
// and that of text-embeddings-inference. Requests as the clients of each send them, answers as
// EmbedClient has them. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "api/embed_client.h"
#include "base/status.h"
#include "http/http_client_pool.h"

namespace shoal {

enum class HttpForm { kOpenAi, kOpenAiBase64, kTei };

// Headers of every request.
std::vector<HttpField> CommonHeaders(HttpForm form);

// `model` where the options name none. The deadline goes as each form says it, and is the time-out
// of the request too. OpenAI's form has no `truncate` and no prompt: then they are not sent.
HttpClientRequest EmbedRequestOf(HttpForm form, const std::string& model,
                                 const std::vector<std::string>& texts,
                                 const EmbedOptions& options);

// An error has the code of the server's reason word, where there is one, else of the HTTP status,
// and the server's words. INTERNAL too: an answer that does not fit `texts`. Tokens are counted of
// all texts together: the first of token_counts has them. There are no ids.
Result<EmbedAnswer> EmbedAnswerOf(HttpForm form, const ReceivedAnswer& answer, std::size_t texts);

// When the same request may succeed, as `retry-after-ms` or `retry-after` (seconds) says; 0: they
// do not, or it was served.
std::chrono::milliseconds RetryAfterOf(const ReceivedAnswer& answer);

HttpClientRequest InfoRequestOf(HttpForm form);

// The name of the model, dim and max_tokens where they are told, else 0. Errors as above.
Result<ServiceInfo> InfoOf(HttpForm form, const ReceivedAnswer& answer);

}  // namespace shoal
