#include "embed/remote_embedder.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

namespace shoal {
namespace {

constexpr std::size_t kRequestsPerWindow = 32;  // enough that waiting for the last is little
constexpr std::chrono::steady_clock::time_point kNever =
    std::chrono::steady_clock::time_point::max();

RunIdentity IdentityOf(const ServiceInfo& info, const std::string& prompt_name) {
  std::set<std::string> tables;
  for (const WorkerInfo& worker : info.workers) {
    if (!worker.kernel_table.empty()) tables.insert(worker.kernel_table);
  }
  std::string kernels;
  for (const std::string& table : tables) kernels += (kernels.empty() ? "" : "+") + table;
  return {.server = true,
          .version = info.version,
          .model = info.model.name,
          .model_digest = info.model.digest,
          .precision = std::string(Name(info.model.precision)),
          .kernels = std::move(kernels),
          .prompt = prompt_name};
}

}  // namespace

Result<std::unique_ptr<RemoteEmbedder>> RemoteEmbedder::Create(std::unique_ptr<EmbedClient> client,
                                                               const RemoteEmbedderOptions& options,
                                                               Waiter wait) {
  CHECK(options.request.timeout.has_value(), "a run waits for a bounded time");
  ASSIGN_OR_RETURN(const ServiceInfo info, client->Info(*options.request.timeout));
  if (info.model.dim <= 0) {
    return InternalError("the server says that its vectors have " + std::to_string(info.model.dim) +
                         " dimensions");
  }
  return std::unique_ptr<RemoteEmbedder>(
      new RemoteEmbedder(std::move(client), options, std::move(wait), info));
}

RemoteEmbedder::RemoteEmbedder(std::unique_ptr<EmbedClient> client,
                               const RemoteEmbedderOptions& options, Waiter wait,
                               const ServiceInfo& info)
    : options_(options),
      wait_(std::move(wait)),
      identity_(IdentityOf(info, options.request.prompt_name)),
      dim_(info.model.dim),
      max_tokens_(info.model.max_tokens),
      finished_(options.in_flight),
      client_(std::move(client)) {
  CHECK(options.chunk_texts > 0 && options.in_flight > 0 && options.attempts > 0,
        "a request has texts and is sent");
}

std::size_t RemoteEmbedder::window() const { return kRequestsPerWindow * options_.chunk_texts; }

Result<Embedded> RemoteEmbedder::Embed(std::span<const std::string> texts) {
  Embedded embedded;
  embedded.vectors.resize(texts.size() * static_cast<std::size_t>(dim_));
  std::vector<Chunk> chunks = Cut(texts);
  while (!chunks.empty()) {
    ASSIGN_OR_RETURN(chunks, Round(texts, std::move(chunks), embedded));
    int failures = 0;
    for (const Chunk& chunk : chunks) failures = std::max(failures, chunk.failures);
    if (failures > 0) wait_(options_.first_wait * (1 << (failures - 1)));
  }
  RETURN_IF_ERROR(CheckStillTheSame());
  texts_before_ += texts.size();
  return embedded;
}

// Asks as often as for vectors: a server that is away for a moment ends no run.
Status RemoteEmbedder::CheckStillTheSame() {
  Result<ServiceInfo> info = client_->Info(*options_.request.timeout);
  for (int attempt = 1; attempt < options_.attempts; ++attempt) {
    if (info.status().code() != StatusCode::kUnavailable) break;
    wait_(options_.first_wait * (1 << (attempt - 1)));
    info = client_->Info(*options_.request.timeout);
  }
  if (!info.ok()) return info.status();
  RunIdentity now = IdentityOf(*info, options_.request.prompt_name);
  RunIdentity then = identity_;
  then.kernels = now.kernels = "any";  // workers come and go
  const auto difference = FirstDifference(then, now, "");
  if (!difference) return {};
  return FailedPreconditionError("the server had the " + difference->what + " " + difference->was +
                                 " when this run began, now it has " + difference->is);
}

std::vector<RemoteEmbedder::Chunk> RemoteEmbedder::Cut(std::span<const std::string> texts) const {
  std::vector<Chunk> chunks;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    bytes += texts[i].size();
    if (chunks.empty() || chunks.back().count == options_.chunk_texts ||
        bytes > options_.chunk_bytes) {
      chunks.push_back({.first = i});
      bytes = texts[i].size();
    }
    ++chunks.back().count;
  }
  return chunks;
}

// Sends chunks until all are done or one has failed, and waits for what is in flight. What is left
// to do, in order.
Result<std::vector<RemoteEmbedder::Chunk>> RemoteEmbedder::Round(std::span<const std::string> texts,
                                                                 std::vector<Chunk> chunks,
                                                                 Embedded& embedded) {
  std::vector<Chunk> again;
  Status error;
  std::size_t next = 0;
  std::size_t in_flight = 0;
  std::vector<Finished> batch;
  while (true) {
    const bool may_send = error.ok() && again.empty();
    while (may_send && in_flight < options_.in_flight && next < chunks.size()) {
      Send(texts, chunks[next++]);
      ++in_flight;
    }
    if (in_flight == 0) break;
    finished_.TakeAll(batch, kNever);
    in_flight -= batch.size();
    for (Finished& finished : batch) {
      Chunk& chunk = finished.chunk;
      Status status = finished.answer.status();
      if (status.ok()) status = Take(chunk, *finished.answer, embedded);
      if (status.ok()) continue;
      ++chunk.failures;
      if (IsWorthAnother(chunk, status.code())) {
        again.push_back(chunk);
      } else if (error.ok()) {
        error = status.At(Where(chunk));
      }
    }
  }
  RETURN_IF_ERROR(error);
  std::ranges::sort(again, {}, &Chunk::first);
  again.insert(again.end(), chunks.begin() + static_cast<std::ptrdiff_t>(next), chunks.end());
  return again;
}

void RemoteEmbedder::Send(std::span<const std::string> texts, const Chunk& chunk) {
  const auto own = texts.subspan(chunk.first, chunk.count);
  client_->EmbedAsync({own.begin(), own.end()}, options_.request,
                      [this, chunk](Result<EmbedAnswer> answer) {
                        finished_.PushAlways({.chunk = chunk, .answer = std::move(answer)});
                      });
}

Status RemoteEmbedder::Take(const Chunk& chunk, const EmbedAnswer& answer,
                            Embedded& embedded) const {
  const EmbedReply& reply = answer.reply;
  const auto width = static_cast<std::size_t>(dim_);
  const std::size_t expected = chunk.count * width * sizeof(float);
  if (reply.dim != dim_ || reply.vectors.size() != expected) {
    return InternalError("the answer has " + std::to_string(reply.vectors.size()) +
                         " bytes of vectors of " + std::to_string(reply.dim) +
                         " dimensions, expected " + std::to_string(expected) + " and " +
                         std::to_string(dim_));
  }
  std::memcpy(embedded.vectors.data() + chunk.first * width, reply.vectors.data(), expected);
  embedded.truncated += reply.truncated;
  return {};
}

bool RemoteEmbedder::IsWorthAnother(const Chunk& chunk, StatusCode code) const {
  const bool passes = code == StatusCode::kUnavailable || code == StatusCode::kResourceExhausted;
  return passes && chunk.failures < options_.attempts;
}

std::string RemoteEmbedder::Where(const Chunk& chunk) const {
  const std::size_t first = texts_before_ + chunk.first + 1;
  if (chunk.count == 1) return "text " + std::to_string(first);
  return "texts " + std::to_string(first) + " to " + std::to_string(first + chunk.count - 1);
}

}  // namespace shoal
