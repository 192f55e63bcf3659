// Private to rpc. Between the wire form of the worker link (proto/shoal/worker.proto) and its
// values (api/worker_link.h). To the wire always works. From the wire is strict: the sizes in a
// message that is let through fit each other. The coordinator (Hello and Result) and the worker
// (Batch) check again, against the model and the limits that they run with.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/worker_link.h"
#include "base/status.h"
#include "rpc/link_batches.h"

namespace shoal::wire {
class Hello;
class WorkerMessage;
}  // namespace shoal::wire

namespace shoal {

// `join_token` goes with a Hello; empty: none.
void Write(const WorkerMessage& message, const std::string& join_token, const MakeRoom& room);
void Write(const CoordinatorMessage& message, const MakeRoom& room);

// INVALID_ARGUMENT says what was found: a Batch whose lengths do not add up to its ids, an item of
// no tokens, a message of no known kind, bytes that are no message.
Result<CoordinatorMessage> ReadCoordinatorMessage(std::string_view bytes);

// Reads what one worker sends on one attachment. Invariants it holds the worker to:
//   1. Hello comes first and once, with the join token, if one is asked for, and a version that is
//      spoken here (else FAILED_PRECONDITION).
//   2. A Result's lane exists, and its vectors are 4 * dim bytes for each item that is done.
//   3. A Grant has one number per lane.
// Not thread-safe.
class WorkerMessageReader {
 public:
  explicit WorkerMessageReader(std::string join_token = {}) : join_token_(std::move(join_token)) {}
  Result<WorkerMessage> Read(std::string_view bytes);

 private:
  // What every batch costs; nullopt: for protobuf to read.
  std::optional<Result<WorkerMessage>> ReadFrequent(std::string_view bytes) const;
  Result<WorkerMessage> Read(wire::WorkerMessage& message);
  Result<WorkerMessage> ReadHello(wire::Hello& hello);

  std::string join_token_;
  bool greeted_ = false;
  LinkShape shape_;  // from Hello
};

}  // namespace shoal
