// What a scheduler is told and what it answers: events and actions of one Step, plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "api/embed.h"
#include "api/verdict.h"
#include "api/worker_link.h"
#include "scheduler/call_table.h"
#include "scheduler/worker_table.h"

namespace shoal {

using std::chrono::microseconds;

// ---- Events. Spans must live until Step returns. ----

struct CallOffered {
  CallId call = 0;                           // never used before
  microseconds deadline{0};                  // absolute; the caller gives those without one its own
  std::span<const std::uint32_t> lengths{};  // tokens of each text, at least one text
  std::size_t bytes = 0;                     // memory that the call holds while it is queued
  Priority priority = Priority::kNormal;     // fixes the queue, together with the deadline
  std::uint64_t client = 0;  // whose share it counts against: a hash of the caller's key
  std::span<const std::uint64_t>
      fingerprints{};  // of each text, a keyed hash, not 0; or none at all
};
// Unknown and finished calls are ignored.
struct CallWithdrawn {
  CallId call = 0;
};
// After Welcome was sent; nothing is granted yet. `attachment` was never used before. The caller
// has asked StayAway and closed the worker's older attachment (WorkerClosed) before.
struct WorkerOpened {
  AttachmentId attachment = 0;
  std::string_view worker_id{};  // until Step returns
  std::uint64_t incarnation = 0;
  std::uint32_t lanes = 0;
  std::uint32_t max_batch_tokens = 0;  // one text alone is sent even if it is longer
  std::uint32_t max_batch_items = 0;
  double alpha_us = 0;  // time of a batch = alpha_us + per_token_us · cost / 1000
  double per_token_us = 0;
};
// Something came from the worker that is no other event: a heartbeat.
struct WorkerHeard {
  AttachmentId attachment = 0;
};
// Cumulative batches granted since the attachment began, per lane. Give it after the BatchFinished
// of the same message.
struct CreditGranted {
  AttachmentId attachment = 0;
  std::span<const std::uint64_t> granted{};
};
// A batch that was answered before is ignored and counted as wasted.
struct BatchFinished {
  AttachmentId attachment = 0;
  BatchId batch = 0;
  std::uint32_t lane = 0;
  std::span<const ItemStatus> statuses{};  // in the order of the batch's items
  microseconds held{0};                    // receipt to send, at the worker
  microseconds execution{0};
};
// The attachment ended: what it held goes back into the queue. Unknown attachments are ignored.
struct WorkerClosed {
  AttachmentId attachment = 0;
};
// The worker said Goodbye: it gets no more batches, what it has is awaited.
struct WorkerDraining {
  AttachmentId attachment = 0;
};
// An operator's wish about a worker id, attached or not. It outlives the worker's restarts.
struct OperatorDrain {
  std::string_view worker_id{};  // until Step returns
};
struct OperatorResume {
  std::string_view worker_id{};
};
// This coordinator drains: newcomers are refused, what was admitted is finished.
struct BeginDrain {};

using SchedulerEvent = std::variant<CallOffered, CallWithdrawn, WorkerOpened, WorkerHeard,
                                    CreditGranted, BatchFinished, WorkerClosed, WorkerDraining,
                                    OperatorDrain, OperatorResume, BeginDrain>;

// ---- Actions. Spans point into the scheduler and live until the next Step. ----

struct SendBatch {
  AttachmentId attachment = 0;
  BatchId batch = 0;  // never used twice, over all workers
  std::uint32_t lane = 0;
  std::span<const SentItem> items{};  // see worker_table.h
  SendReason reason = SendReason::kQueue;
  microseconds predicted{0};  // how long the lane is thought to execute it
};
// Items that this worker holds and nobody wants (there) any more.
struct CancelSentItems {
  AttachmentId attachment = 0;
  std::span<const ItemId> items{};
};
// Close its attachment: it broke the protocol, fell silent, stalled or kept failing. For the
// scheduler it is closed already (a later WorkerClosed is ignored). stay_away > 0: until then its
// Hello is to be refused, see StayAway.
struct CloseWorker {
  AttachmentId attachment = 0;
  std::string_view why{};  // a literal
  microseconds stay_away{0};
};
// What a worker is now called, when that changed: ready, late, drained (by an operator).
struct WorkerChanged {
  AttachmentId attachment = 0;
  WorkerState state = WorkerState::kReady;
};
// One vector that counts. Its place in the result of `batch`, whose BatchFinished was in this Step:
// item number `position`, vector number `vector_index` (vectors of kDone items only, in order).
struct ItemDone {
  CallId call = 0;
  std::uint32_t text_index = 0;
  BatchId batch = 0;
  std::uint32_t position = 0;
  std::uint32_t vector_index = 0;
};
// The answer. kOk: all vectors came by ItemDone before.
struct FinishCall {
  CallId call = 0;
  Verdict verdict = Verdict::kInternal;
  std::string_view why{};                    // a literal; empty for kOk
  std::int64_t found = 0;                    // what was met ...
  std::int64_t limit = 0;                    // ... and what is allowed; 0: no numbers to tell
  std::chrono::milliseconds retry_after{0};  // 0: trying again does not help
  std::uint32_t attempts = 1;                // the largest of any text
  QueueKind queue = QueueKind::kUrgent;      // where it waited, or would have
  bool admitted = false;                     // it had been admitted
};

using SchedulerAction =
    std::variant<SendBatch, CancelSentItems, CloseWorker, WorkerChanged, ItemDone, FinishCall>;

// "the queue is full: 262145 texts, limit 262144": `why` with its numbers, for Refusal::message.
std::string MessageOf(const FinishCall& finish);

}  // namespace shoal
