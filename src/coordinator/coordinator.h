// The heart of the server: takes requests from the edges and results from the workers' streams, and
// hands both to one owner thread, which runs Core. Everything else only pushes an event.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "api/embed.h"
#include "api/operator.h"
#include "api/worker_link.h"
#include "base/bounded_queue.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "coordinator/core.h"
#include "coordinator/early_gate.h"
#include "coordinator/fingerprint.h"
#include "coordinator/tokenize_pool.h"
#include "tokenizer/tokenizer.h"

namespace shoal {

struct CoordinatorOptions {
  CoreOptions core;
  std::chrono::microseconds default_deadline{240'000'000};  // of a request that brings none
  std::map<std::string, std::string> prompts;
  std::string default_prompt_name;
};

// Thread-safe.
class Coordinator final : public EmbedHandler, public OperatorHandler, public WorkerStreamHandler {
 public:
  // `clock` outlives the coordinator.
  Coordinator(CoordinatorOptions options, Tokenizer tokenizer, const Clock& clock);
  // Stops, if Stop was not called.
  ~Coordinator() override;

  CallId NewCallId() override;
  std::optional<Refusal> Start(CallId id, EmbedRequest request, ReplySlot& slot) override;
  void Cancel(CallId id) override;
  ServiceInfo Info() override;

  void SetWorkerDrained(std::string worker_id, bool drained, Done done) override;

  void Opened(AttachId id, std::shared_ptr<WorkerStream> stream) override;
  void Message(AttachId id, WorkerMessage message) override;
  void Closed(AttachId id) override;

  // Newcomers are refused with `draining`; what was accepted is finished.
  void BeginDrain();
  // After BeginDrain: true once no call is open, false when `until` came first.
  bool WaitUntilDrained(std::chrono::steady_clock::time_point until);
  // Refuses what is still open, says goodbye to the workers, ends the owner thread. Blocks for
  // that.
  void Stop();

  // What the scheduler has counted, up to 200 ms ago; after Stop, all of it.
  SchedulerCounters Counters();
  // Calls that were refused before they were tokenised.
  std::uint64_t refused_early() const { return gate_.refused(); }

 private:
  // Requests of at most this many bytes are tokenised where they arrive.
  static constexpr std::size_t kSmallRequest = 4096;

  std::optional<Refusal> Check(const EmbedRequest& request) const;
  std::chrono::microseconds Now() const;
  void Run();
  void SetDrained();
  void Publish(const Core& core);

  const CoordinatorOptions options_;
  const Tokenizer tokenizer_;
  const Fingerprinter fingerprinter_;
  const Clock& clock_;
  EarlyGate gate_;
  std::atomic<CallId> next_call_{1};
  BoundedQueue<CoreEvent> inbox_;

  Mutex mutex_;
  CondVar changed_;
  std::shared_ptr<const ServiceInfo> info_ GUARDED_BY(mutex_);
  SchedulerCounters counters_ GUARDED_BY(mutex_);
  bool drained_ GUARDED_BY(mutex_) = false;

  std::atomic<bool> stopped_{false};
  TokenizePool pool_;
  std::thread owner_;
};

}  // namespace shoal
