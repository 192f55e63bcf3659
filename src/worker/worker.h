// A worker: the encoder behind a link to a coordinator. The thread of a loop owns all state (link,
// credit, batches) and only moves events; compute threads (lanes) run forward passes and nothing
// else.
//
//   link ──messages──► inbox ──► owner: WorkerAgent.Step ──► lanes
//                        ▲                    │                │
//                        └────── results ─────┴────────────────┘
//
// A worker whose attachment ends dials the next of its coordinators after 100 to 500 ms, for ever.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/embed.h"
#include "api/worker_link.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/rng.h"
#include "base/status.h"
#include "engine/encoder.h"
#include "http/health_routes.h"
#include "http/http_server.h"
#include "model/model_folder.h"
#include "net/socket_event_loop.h"
#include "net/socket_loop.h"
#include "telemetry/worker_probe.h"
#include "tracing/span_exporter.h"
#include "worker/lane_thread.h"
#include "worker/warm_up.h"

namespace shoal {

struct WorkerOptions {
  std::string version;
  std::string worker_id;  // stable over restarts
  std::uint64_t incarnation = RandomSeed();
  std::vector<std::string> coordinators;  // HOST:PORT, tried in turn
  Precision precision = Precision::kFp32;
  std::uint32_t threads = 1;              // lanes
  std::optional<std::size_t> core_index;  // of the first lane; absent: not pinned
  std::uint32_t batch_tokens = 128;       // the largest batch it takes, if that holds one text
  std::string metrics_listen;             // empty: no health and metrics port
  std::optional<TraceOptions> traces;     // absent: none are recorded
};

// Thread-safe.
class Worker {
 public:
  using Dialer = std::function<Result<std::unique_ptr<WorkerLink>>(const std::string& address,
                                                                   WorkerLinkEvents events)>;
  // Loads the weights, warms up, starts the lanes, and lives on the thread of `loop`, where it
  // dials. `loop`, what `dialer` needs and `clock` outlive the worker.
  static Result<std::unique_ptr<Worker>> Start(WorkerOptions options, const ModelFolder& folder,
                                               Dialer dialer, SocketLoop& loop, const Clock& clock);
  // The same with weights at hand, of `folder`'s model in the precision of the options.
  static Result<std::unique_ptr<Worker>> Start(WorkerOptions options, const ModelFolder& folder,
                                               const std::shared_ptr<const Weights>& weights,
                                               Dialer dialer, SocketLoop& loop, const Clock& clock);
  // Cuts the link; what runs is finished first. Not on the loop's thread.
  ~Worker();

  // Takes no new work, answers what has not begun as not run, finishes what runs, then ends.
  void Drain();
  // True once a drain has ended; false when `until` came first.
  bool WaitUntilDrained(std::chrono::steady_clock::time_point until);
  // What is recorded is sent, as SpanExporter::Flush.
  void FlushTraces(std::chrono::steady_clock::time_point until);

  const std::string& metrics_address() const { return hello_.metrics_address; }
  const Hello& hello() const { return hello_; }

  struct StartTimes {
    std::chrono::microseconds load{0};     // of the weights, self-test included; 0: were at hand
    std::chrono::microseconds warm_up{0};  // measuring the batches that Hello tells of
  };
  const StartTimes& start_times() const { return start_times_; }

 private:
  class Owner;
  struct LinkSaid {
    std::uint64_t dial = 0;
    CoordinatorMessage message;
  };
  struct LinkEnded {
    std::uint64_t dial = 0;
    std::string why;
  };
  struct DrainAsked {};
  using Event = std::variant<LinkSaid, LinkEnded, LaneResult, DrainAsked>;

  Worker(WorkerOptions options, Dialer dialer, SocketLoop& loop, const Clock& clock);
  Status Prepare(const ModelFolder& folder, const std::shared_ptr<const Weights>& weights);
  Status StartHealth();
  void StartTraces();
  void StartLanes(std::vector<Lane> lanes);
  HealthReport Report() const;
  std::chrono::steady_clock::time_point Step(std::vector<Event>& events);
  void SetDrained();

  const WorkerOptions options_;
  const Dialer dialer_;
  SocketLoop& loop_;
  const Clock& clock_;
  Hello hello_;                        // fixed after Prepare
  StartTimes start_times_;             // fixed after Start
  std::int32_t vocabulary_size_ = 0;   // fixed after Prepare
  std::uint32_t max_text_tokens_ = 0;  // fixed after Prepare
  std::atomic<WorkerState> state_{WorkerState::kStarting};
  std::atomic<std::uint64_t> items_executed_{0};
  std::atomic<std::uint64_t> batches_executed_{0};

  MetricsRegistry registry_;
  std::unique_ptr<WorkerProbe> probe_;
  std::unique_ptr<SpanExporter> exporter_;  // may be absent
  std::unique_ptr<HttpServer> health_;
  SocketEventLoop<Event> inbox_;

  Mutex mutex_;
  CondVar changed_;
  bool drained_ GUARDED_BY(mutex_) = false;

  std::vector<std::unique_ptr<LaneThread>> lanes_;
  std::unique_ptr<Owner> owner_;  // of the loop's thread; absent before Start and after a drain
};

}  // namespace shoal
