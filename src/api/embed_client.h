// The interface of a server seen from a caller. Behind it stands gRPC (rpc/embed_client.h), HTTP
// (load/http_target.h) or a fake.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/embed.h"
#include "base/status.h"

namespace shoal {

// The name of a call among those of one client; 0: none.
using CallKey = std::uint64_t;

struct EmbedOptions {
  std::optional<std::chrono::milliseconds> timeout;  // none: waits as long as the server does
  std::string model;
  std::string prompt_name;
  std::string request_id;
  std::string priority;  // "normal" (also empty), "high", "bulk"
  std::string client;    // who the caller is, instead of its address; empty: its address
  std::optional<bool> truncate;
  CallKey key = 0;  // of EmbedAsync: what Cancel calls it
  // Of EmbedAsync: told before the callback of an error, where the server says when the same
  // request may succeed.
  std::function<void(std::chrono::milliseconds)> retry_after;
};

struct EmbedAnswer {
  EmbedReply reply;
  std::vector<std::string> ids;  // one per text
  std::string model;
  std::string precision;
};

// Thread-safe.
class EmbedClient {
 public:
  using Callback = std::function<void(Result<EmbedAnswer>)>;

  // Cancels what is in flight and blocks until its callbacks have returned: not from within one.
  virtual ~EmbedClient() = default;

  // Blocks. An error has the server's code and words; INTERNAL: an answer that does not fit the
  // texts.
  virtual Result<EmbedAnswer> Embed(const std::vector<std::string>& texts,
                                    const EmbedOptions& options) = 0;
  // `done` is called once, on a transport thread, which other answers wait for; it may start more
  // calls. As many as you like may be in flight.
  virtual void EmbedAsync(const std::vector<std::string>& texts, const EmbedOptions& options,
                          Callback done) = 0;
  // Gives up the call of that key: it ends as CANCELLED, and the server is to know. One that is
  // over: nothing. Its callback may come from within.
  virtual void Cancel(CallKey key) = 0;
  virtual Result<ServiceInfo> Info(std::chrono::milliseconds timeout) = 0;
};

}  // namespace shoal
