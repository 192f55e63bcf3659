// The public HTTP port: the routes of one context, and the server that serves them.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "api/embed.h"
#include "api/tokenize.h"
#include "base/clock.h"
#include "edge/byte_budget.h"
#include "edge/limits.h"
#include "edge/model_names.h"
#include "http/http_server.h"
#include "net/socket_loop.h"
#include "routes/routes.h"

namespace shoal {

struct HttpEdgeOptions {
  std::string listen;  // HOST:PORT, port 0 takes a free one
  Limits limits;
  ModelNames names;
  bool auto_truncate = true;
  std::vector<std::string> allowed_origins;
  std::function<void(const RefusedConnection&)> connection_refused;
  std::function<void(const CallRecord&)> call_ended;  // as CallReports has it
  std::optional<TraceSampler> sampler;                // as CallTraces has it
};

// Thread-safe.
class HttpEdge {
 public:
  // `handler`, `tokenizer`, `received`, `clock` and `loop` outlive it, and both handlers have
  // answered every call before it ends. Not on the loop's thread, nor is the end.
  static Result<std::unique_ptr<HttpEdge>> Start(HttpEdgeOptions options, EmbedHandler& handler,
                                                 TokenizeHandler& tokenizer, ByteBudget& received,
                                                 const Clock& clock, SocketLoop& loop);

  const std::string& address() const { return server_->address(); }  // HOST:PORT

  // What the routes that ask for health say; not ready at first.
  void SetServing(bool serving) { is_serving_ = serving; }

  // Both as HttpServer's.
  void Drain() { server_->Drain(); }
  void Shutdown(std::chrono::milliseconds grace) { server_->Shutdown(grace); }

 private:
  HttpEdge(HttpEdgeOptions options, EmbedHandler& handler, TokenizeHandler& tokenizer,
           ByteBudget& received, const Clock& clock);

  std::atomic<bool> is_serving_{false};
  RouteContext context_;
  Routes routes_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace shoal
