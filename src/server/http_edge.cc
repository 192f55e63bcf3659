#include "server/http_edge.h"

#include <utility>

#include "base/rng.h"

namespace shoal {

Result<std::unique_ptr<HttpEdge>> HttpEdge::Start(HttpEdgeOptions options, EmbedHandler& handler,
                                                  TokenizeHandler& tokenizer, ByteBudget& received,
                                                  const Clock& clock, SocketLoop& loop) {
  HttpServerOptions server{.listen = std::move(options.listen),
                           .connection_refused = std::move(options.connection_refused)};
  std::unique_ptr<HttpEdge> edge(
      new HttpEdge(std::move(options), handler, tokenizer, received, clock));
  server.serve = edge->routes_.Serve();
  ASSIGN_OR_RETURN(edge->server_, HttpServer::Start(std::move(server), clock, loop));
  return edge;
}

HttpEdge::HttpEdge(HttpEdgeOptions options, EmbedHandler& handler, TokenizeHandler& tokenizer,
                   ByteBudget& received, const Clock& clock)
    : context_{.clock = clock,
               .handler = handler,
               .tokenizer = tokenizer,
               .limits = options.limits,
               .model = handler.Info().model,
               .names = std::move(options.names),
               .version = handler.Info().version,
               .auto_truncate = options.auto_truncate,
               .received = received,
               .pending = {.handler = handler},
               .request_ids = RequestIds(RandomSeed()),
               .reports = {.clock = clock, .ended = std::move(options.call_ended)},
               .traces = CallTraces(RandomSeed(), options.sampler)},
      routes_({.allowed_origins = std::move(options.allowed_origins),
               .is_ready = [this] { return is_serving_.load(); }},
              context_) {}

}  // namespace shoal
