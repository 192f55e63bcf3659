// Private to rpc. Between the wire form of the worker link (proto/shoal/worker.proto) and its
// values (api/worker_link.h). To the wire always works. From the wire is strict: the sizes in a
// message that is let through fit each other. The coordinator (Hello and Result) and the worker
// (Batch) check again, against the model and the limits that they run with.
#pragma once

#include <cstdint>

#include "api/worker_link.h"
#include "base/status.h"
#include "proto/shoal/worker.pb.h"

namespace shoal {

wire::WorkerMessage ToWire(WorkerMessage message);
wire::CoordinatorMessage ToWire(CoordinatorMessage message);

// INVALID_ARGUMENT says what was found: a Batch whose lengths do not add up to its ids, an item of
// no tokens, a message of no known kind.
Result<CoordinatorMessage> FromWire(wire::CoordinatorMessage message);

// Reads what one worker sends on one attachment. Invariants it holds the worker to:
//   1. Hello comes first and once, with a version that is spoken here (else FAILED_PRECONDITION).
//   2. A Result's lane exists, and its vectors are 4 * dim bytes for each item that is done.
//   3. A Grant has one number per lane.
// Not thread-safe.
class WorkerMessageReader {
 public:
  Result<WorkerMessage> Read(wire::WorkerMessage message);

 private:
  Result<WorkerMessage> ReadHello(wire::Hello& hello);
  Result<Grant> ReadGrant(const wire::Grant& grant) const;
  Result<WorkerMessage> ReadResult(wire::BatchResult& result) const;

  bool greeted_ = false;
  std::uint32_t dim_ = 0;    // floats per vector, from Hello
  std::uint32_t lanes_ = 0;  // from Hello
};

}  // namespace shoal
