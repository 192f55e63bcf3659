// The heart of the server: takes requests from the edges and results from the workers' attachments,
// and hands both to one thread, which runs Core. Everything else only posts an event.
//
// The thread comes from outside (base/event_loop.h), and no transport is known here: so the whole
// runs in a unit test, turned by hand or under ThreadSanitizer.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/embed.h"
#include "api/operator.h"
#include "api/tokenize.h"
#include "api/worker_link.h"
#include "base/clock.h"
#include "base/event_loop.h"
#include "base/mutex.h"
#include "coordinator/core.h"
#include "coordinator/demand.h"
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
  // A worker came, went or changed, and Info says so. On the loop's thread; must not block. May be
  // empty.
  std::function<void()> workers_changed;
};

// Thread-safe.
class Coordinator final : public EmbedHandler,
                          public TokenizeHandler,
                          public OperatorHandler,
                          public WorkerAttachmentHandler {
 public:
  // Runs `loop`, which nobody else posts to. `loop` and `clock` outlive the coordinator.
  Coordinator(CoordinatorOptions options, Tokenizer tokenizer, const Clock& clock,
              EventLoop<CoreEvent>& loop);
  // Stops, if Stop was not called.
  ~Coordinator() override;

  CallId NewCallId() override;
  std::optional<Refusal> Start(CallId id, EmbedRequest request, ReplySink& sink) override;
  void Cancel(CallId id) override;
  ServiceInfo Info() override;

  std::optional<Refusal> Tokenize(TokenizeRequest request, TokenizeHandler::Done done) override;

  void SetWorkerDrained(std::string worker_id, bool drained, OperatorHandler::Done done) override;

  void Opened(AttachmentId id, std::shared_ptr<WorkerAttachment> attachment) override;
  void Message(AttachmentId id, WorkerMessage message) override;
  void Closed(AttachmentId id, Status why) override;

  // Newcomers are refused with `draining`; what was admitted is finished.
  void BeginDrain();
  // After BeginDrain: true once no call is open, false when `until` came first.
  bool WaitUntilDrained(std::chrono::steady_clock::time_point until);
  // Refuses what is still open, says goodbye to the workers, stops the loop. Blocks for that.
  void Stop();

  // As of at most 200 ms ago, or half a second while nothing happens, and newer than the beginning
  // of the clock's second if anything has happened in it; after Stop, the last.
  CoordinatorFigures Figures();

 private:
  // Requests of at most this many bytes are tokenised where they arrive.
  static constexpr std::size_t kSmallRequest = 4096;

  // The prompt that a request asks for, in words that every kind of request is refused with.
  std::variant<std::string, Refusal> PromptFor(const std::string& prompt_name) const;
  CoreOptions CoreOptionsWithDemand();
  Refusal NotTaken() const;  // by the loop
  Refusal Refused(std::chrono::microseconds now, const Demand::Call& call, Refusal refusal);
  std::chrono::microseconds Now() const;
  // On the loop's thread, as long as that runs.
  std::chrono::steady_clock::time_point Step(std::vector<CoreEvent>& events);
  void SetDrained();
  void Publish();
  void PublishIfDue(std::chrono::microseconds now);

  const CoordinatorOptions options_;
  const Tokenizer tokenizer_;
  const Fingerprinter fingerprinter_;
  const Clock& clock_;
  EarlyGate gate_;
  Demand demand_;
  std::atomic<CallId> next_call_{1};
  EventLoop<CoreEvent>& loop_;

  // Of the loop's thread; of Stop once that has ended.
  Core core_;
  std::uint64_t published_workers_ = 0;
  std::chrono::microseconds next_publication_{0};
  std::chrono::microseconds next_snapshot_{0};

  Mutex mutex_;
  CondVar changed_;
  std::shared_ptr<const ServiceInfo> info_ GUARDED_BY(mutex_);
  CoordinatorFigures figures_ GUARDED_BY(mutex_);
  bool drained_ GUARDED_BY(mutex_) = false;

  std::atomic<bool> stopped_{false};
  TokenizePool pool_;
  TokenizePool token_pool_;  // for who asks for tokens: others do not wait behind them
};

}  // namespace shoal
