// The contract between the edges and the coordinator.
//
//   edge                                  coordinator
//   id = handler.NewCallId()
//   refusal = handler.Start(id, request, sink) ──► queued; or a Refusal: then `sink` is not used
//   handler.Cancel(id)  (any time, any number of times)
//                  sink.Finish(outcome, work) ◄── exactly once for every Start without a Refusal
//
// Only the coordinator's owner thread finishes a call, so a call cannot be finished twice.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/model_info.h"
#include "api/trace_context.h"
#include "api/verdict.h"

namespace shoal {

using CallId = std::uint64_t;

enum class Priority { kNormal, kHigh, kBulk };

// One request, checked by the edge: 1 to the limit of texts, each valid UTF-8 within its limit.
struct EmbedRequest {
  std::string request_id;  // printable ASCII, 1 to 128 characters
  std::vector<std::string> texts;
  std::string model;           // empty: the one that is served; the edge has checked it
  std::string prompt_name;     // empty: the model's default prompt
  bool truncate = true;        // false: a text over the model's length is refused
  bool truncate_left = false;  // it loses its beginning, not its end
  // What the caller calls the texts, for refusals; static storage. A refusal says `texts[3]`, or
  // `input` alone where the caller gave one text that is in no list.
  std::string_view texts_name = "texts";
  bool texts_are_list = true;
  Priority priority = Priority::kNormal;
  std::uint64_t client =
      0;  // whose share of the queue it counts against: a hash of the caller's key
  std::optional<std::chrono::steady_clock::time_point> deadline;  // none: --default-deadline
  TraceContext trace;
  bool says_retry = false;  // the caller says that it has tried before
};

// A worker, and one life of it.
struct WorkerName {
  std::string id;
  std::string incarnation;  // 16 hex digits
};

// Where the time of a call went, µs. What it did not come to is 0.
struct EmbedTiming {
  std::int64_t tokenize_us = 0;
  std::int64_t queue_us = 0;     // arrival until its last batch was sent
  std::int64_t dispatch_us = 0;  // from then until its last vector was back, without its execution
  std::int64_t compute_us = 0;   // longest execution among its batches
  std::int64_t total_us = 0;     // arrival until the answer was complete
};

// What was done for a call, however it ended.
struct CallWork {
  EmbedTiming timing;
  std::uint64_t tokens = 0;    // of all texts; 0: it was not tokenised
  std::uint32_t attempts = 0;  // the largest of any text; 0: nothing was sent
  std::string_view queue;      // "urgent", "patient", "bulk", where it waited; empty: in none
  std::vector<std::shared_ptr<const WorkerName>> workers;  // that computed a part, each once
  std::vector<TraceContext> batches;  // likewise, as BatchRecord has their traces; those with one
};

struct EmbedReply {
  int dim = 0;
  std::string vectors;  // little-endian float32, dim per text, in the order of the texts
  std::vector<std::uint32_t> token_counts;  // per text, special tokens included, after truncation
  std::uint32_t truncated = 0;              // texts that were cut
};

using EmbedOutcome = std::variant<EmbedReply, Refusal>;

// Where the answer of one call goes. `Finish` is called once, on the owner thread, and may destroy
// the sink: nobody touches it afterwards.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  virtual void Finish(EmbedOutcome outcome, const CallWork& work) = 0;
};

// Late: it has a batch that is overdue. Ejected: told to stay away for a while. Drained: by an
// operator, or after its own drain.
enum class WorkerState { kStarting, kReady, kLate, kEjected, kDraining, kDrained, kLost };
// "starting", "ready" ...
std::string_view Name(WorkerState state);

struct WorkerInfo {
  std::string id;
  std::string incarnation;  // 16 hex digits
  WorkerState state = WorkerState::kStarting;
  bool attached = false;  // over the link; clients are not told
  int lanes = 0;
  int pid = 0;
  std::string kernel_table;     // "avx2" ...
  std::string metrics_address;  // HOST:PORT, as it listens
  std::string peer;             // where its link came from; clients are not told
  std::uint64_t items_done = 0;
  double tokens_per_second = 0;  // while computing, over its last batches
  std::uint64_t batches_done = 0;
  std::uint32_t credit = 0;     // batches that it would take now
  std::uint32_t in_flight = 0;  // batches that it has
  std::uint32_t restarts = 0;   // lives of it that this coordinator has seen before this one
  // As it said itself, at most 500 ms before the last of it was heard.
  std::uint64_t cpu_us = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t batches_executed = 0;
  std::uint64_t items_executed = 0;
  std::uint64_t errors = 0;
  std::uint32_t forward_p99_us = 0;
};

// It gets batches.
inline bool Serves(const WorkerInfo& worker) {
  return worker.attached &&
         (worker.state == WorkerState::kReady || worker.state == WorkerState::kLate);
}

// A snapshot of the endpoint, what `shoal status` prints.
struct ServiceInfo {
  std::string version;
  ModelInfo model;
  std::string coordinator_id;
  std::vector<WorkerInfo> workers;
  std::uint64_t queued_items = 0;
};

// Implemented by the coordinator. Thread-safe.
class EmbedHandler {
 public:
  virtual ~EmbedHandler() = default;
  virtual CallId NewCallId() = 0;
  // Never blocks longer than tokenising a small request takes. `sink` must live until its Finish.
  [[nodiscard]] virtual std::optional<Refusal> Start(CallId id, EmbedRequest request,
                                                     ReplySink& sink) = 0;
  // Unknown and finished ids are ignored. The call still ends by Finish.
  virtual void Cancel(CallId id) = 0;
  virtual ServiceInfo Info() = 0;
};

}  // namespace shoal
