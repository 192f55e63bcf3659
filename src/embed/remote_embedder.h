// Embeds with a server over gRPC: a window of texts is cut into requests, several of which are in
// flight, and their vectors are put together in the order of the texts.
//
// A server that is away or overloaded is asked again. When a request fails so, no more are sent
// until those in flight have ended and a wait has passed, which doubles with each failure of a
// request: that gives the server the room it asked for, and one wait covers all that failed.
//
// All vectors are of one model: after every window the server is asked what it serves, and a window
// in which that has become another is an error, not vectors.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/embed_client.h"
#include "base/bounded_queue.h"
#include "embed/checkpoint.h"
#include "embed/embedder.h"

namespace shoal {

struct RemoteEmbedderOptions {
  EmbedOptions request;                            // of every request
  std::size_t chunk_texts = 32;                    // of one request
  std::size_t chunk_bytes = std::size_t{1} << 20;  // of the texts of one request, but for one text
  std::size_t in_flight = 8;                       // requests
  int attempts = 6;                                // of one request, the first one included
  std::chrono::milliseconds first_wait{250};       // then 500, 1000 ... : 7.75 s in all
};

class RemoteEmbedder final : public Embedder {
 public:
  using Waiter = std::function<void(std::chrono::milliseconds)>;

  // Asks the server what it serves, once: UNAVAILABLE, cannot reach it; DEADLINE_EXCEEDED, no
  // answer within the timeout of `options.request`. `wait` blocks for about as long as it is told.
  static Result<std::unique_ptr<RemoteEmbedder>> Create(std::unique_ptr<EmbedClient> client,
                                                        const RemoteEmbedderOptions& options,
                                                        Waiter wait);

  int dim() const override { return dim_; }
  int max_tokens() const override { return max_tokens_; }
  std::size_t window() const override;
  // The first error that is not worth another attempt ends it, once what is in flight has ended. It
  // says which texts were asked for, counted from 1 over all calls. FAILED_PRECONDITION: the server
  // has another model, precision or version than before.
  Result<Embedded> Embed(std::span<const std::string> texts) override;

  const RunIdentity& identity() const { return identity_; }

 private:
  // One request: `count` texts from `first`.
  struct Chunk {
    std::size_t first = 0;
    std::size_t count = 0;
    int failures = 0;
  };
  struct Finished {
    Chunk chunk;
    Result<EmbedAnswer> answer;
  };

  RemoteEmbedder(std::unique_ptr<EmbedClient> client, const RemoteEmbedderOptions& options,
                 Waiter wait, const ServiceInfo& info);
  std::vector<Chunk> Cut(std::span<const std::string> texts) const;
  Result<std::vector<Chunk>> Round(std::span<const std::string> texts, std::vector<Chunk> chunks,
                                   Embedded& embedded);
  void Send(std::span<const std::string> texts, const Chunk& chunk);
  Status CheckStillTheSame();
  Status Take(const Chunk& chunk, const EmbedAnswer& answer, Embedded& embedded) const;
  bool IsWorthAnother(const Chunk& chunk, StatusCode code) const;
  std::string Where(const Chunk& chunk) const;

  const RemoteEmbedderOptions options_;
  const Waiter wait_;
  const RunIdentity identity_;
  const int dim_;
  const int max_tokens_;
  std::size_t texts_before_ = 0;               // of calls that are over
  BoundedQueue<Finished> finished_;            // pushed by transport threads
  const std::unique_ptr<EmbedClient> client_;  // goes first: its callbacks use the queue
};

}  // namespace shoal
