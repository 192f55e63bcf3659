// One compute thread: takes batches from its inbox, runs whole forward passes, hands the vectors
// back.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "api/worker_link.h"
#include "base/bounded_queue.h"
#include "base/clock.h"
#include "engine/encoder.h"

namespace shoal {

struct LaneJob {
  BatchId batch = 0;
  std::vector<std::uint32_t> lengths;
  std::vector<std::int32_t> token_ids;
};

struct LaneResult {
  std::uint32_t lane = 0;
  BatchId batch = 0;
  std::string vectors;  // little-endian float32, in the order of the job's items
  std::chrono::microseconds execution{0};
};

// Runs at nice 5: cancels and results of the other threads are not to wait for it.
class LaneThread {
 public:
  struct Options {
    std::uint32_t lane = 0;
    std::optional<std::size_t>
        core_index;  // pinned to core `core_index` mod N of the affinity mask
    std::function<void(std::size_t items)> started;       // before a batch runs; on this thread
    std::function<void(std::chrono::nanoseconds)> idled;  // since the end of the batch before
    std::function<void(LaneResult)> finished;             // after it; on this thread
  };
  // `clock` outlives the thread.
  LaneThread(Lane lane, int dim, Options options, const Clock& clock);
  // Finishes what is queued.
  ~LaneThread();

  void Run(LaneJob job);

 private:
  void Loop();

  Lane lane_;
  const int dim_;
  const Options options_;
  const Clock& clock_;
  BoundedQueue<LaneJob> inbox_{4};
  std::thread thread_;
};

}  // namespace shoal
