// The conversation between a worker and a coordinator, as plain values, and the two ends of it.
//
// The worker dials, says Hello, and grants credit; the coordinator never sends a Batch
// that was not granted. Every Batch gets exactly one BatchResult. Counters are cumulative and
// belong to one attachment: a new attachment starts at zero. Deadlines travel as remaining time, so
// no clocks need to agree. The wire form is proto/shoal/worker.proto; only module rpc knows it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/precision.h"
#include "api/trace_context.h"
#include "base/status.h"

namespace shoal {

using AttachmentId = std::uint64_t;
using BatchId = std::uint64_t;
using ItemId = std::uint64_t;

inline constexpr std::uint32_t kLinkVersion = 2;
inline constexpr std::uint32_t kOldestLinkVersion = 2;  // before it the link was a stream of gRPC

struct Hello {
  std::string worker_id;
  std::uint64_t incarnation = 0;     // random, one life of this worker id
  std::int64_t started_unix_us = 0;  // for display
  std::uint32_t version = kLinkVersion;
  std::string model_digest;
  Precision precision = Precision::kFp32;
  std::uint32_t dim = 0;
  std::uint32_t lanes = 0;
  std::uint32_t max_batch_items = 0;
  std::uint32_t max_batch_tokens = 0;
  std::string kernel_table;
  std::uint32_t pid = 0;
  std::string metrics_address;
  double alpha_us = 0;  // time of a batch = alpha + per_token * tokens, from the warm-up
  double per_token_us = 0;
};

struct Welcome {
  std::string coordinator_id;
  AttachmentId attachment_id = 0;
  std::uint32_t batch_tokens = 0;    // token budget of a batch
  std::uint32_t attention_cost = 0;  // K of the cost of an item: 1000 L + K L² / 1000
  std::uint32_t round_trip_us = 0;   // first estimate
};

struct Refuse {
  std::string why;
  std::uint32_t stay_away_ms = 0;
};

// Cumulative batches granted, one number per lane.
struct Grant {
  std::vector<std::uint64_t> granted;
};

struct BatchItem {
  ItemId id = 0;
  std::uint32_t attempt = 1;
  std::int64_t remaining_us = 0;  // 0 or less: too late
  std::uint32_t length = 0;       // tokens
};

struct Batch {
  BatchId id = 0;
  std::uint32_t lane = 0;
  std::vector<BatchItem> items;
  std::vector<std::int32_t> token_ids;  // of all items, one after the other
  TraceContext trace;                   // of its dispatch span, without the parent
};

enum class ItemStatus : std::uint8_t { kDone, kFailed, kNotRun };

// One status per item of the batch, in its order; vectors of the items that are kDone, in order.
struct BatchResult {
  BatchId id = 0;
  std::uint32_t lane = 0;
  std::vector<ItemStatus> statuses;
  std::string vectors;       // little-endian float32
  std::int64_t held_us = 0;  // receipt to send
  std::int64_t execution_us = 0;
  Grant grant;  // the credit after this batch
};

struct CancelItems {
  std::vector<ItemId> items;
};

// Worker: no batch will be taken beyond what is granted now. Coordinator: no batch will come.
struct Goodbye {};

// The heartbeat, every 500 ms.
struct WorkerStats {
  std::uint64_t cpu_us = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t batches_executed = 0;
  std::uint64_t items_executed = 0;
  std::uint64_t errors = 0;
  std::uint32_t forward_p99_us = 0;
};
struct CoordinatorStats {
  std::uint32_t round_trip_us = 0;
};

using WorkerMessage = std::variant<Hello, Grant, BatchResult, Goodbye, WorkerStats>;
using CoordinatorMessage =
    std::variant<Welcome, Refuse, Batch, CancelItems, Goodbye, CoordinatorStats>;

// The coordinator's end of one worker's attachment. On the thread of its loop only, but may be let
// go of on any. Messages are sent in order; Send never blocks (credit bounds what can be queued)
// and does nothing once the attachment has ended.
class WorkerAttachment {
 public:
  virtual ~WorkerAttachment() = default;
  // Who it is with, as the transport writes it; empty: not known.
  virtual std::string_view peer() const { return {}; }
  virtual void Send(CoordinatorMessage message) = 0;
  // Ends the attachment after what was sent before.
  virtual void Close() = 0;
};

// What the coordinator hears, on the thread of the loop and perhaps from within Send: an
// implementation only posts an event. Opened comes first, Closed last and exactly once; Message in
// the order of the wire, Hello first.
class WorkerAttachmentHandler {
 public:
  virtual ~WorkerAttachmentHandler() = default;
  virtual void Opened(AttachmentId id, std::shared_ptr<WorkerAttachment> attachment) = 0;
  virtual void Message(AttachmentId id, WorkerMessage message) = 0;
  // `why` OK: the worker has ended it.
  virtual void Closed(AttachmentId id, Status why) = 0;
};

// The worker's end: one attempt at an attachment. On the thread of its loop only. Destroying it
// cuts it, and nothing is heard of it any more.
class WorkerLink {
 public:
  virtual ~WorkerLink() = default;
  // What is sent before the connection stands is sent when it does.
  virtual void Send(WorkerMessage message) = 0;
  // Ends the worker's side after what was sent before; messages arrive until the coordinator ends
  // its own.
  virtual void Close() = 0;
};

// What the worker hears of one attachment, perhaps from within Send: only post an event. `message`
// in the order of the wire, `closed` last and once, with the reason in words.
struct WorkerLinkEvents {
  std::function<void(CoordinatorMessage)> message;
  std::function<void(std::string why)> closed;
};

}  // namespace shoal
