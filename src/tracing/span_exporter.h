// Sends spans to a collector, over OTLP in JSON, from the loop of sockets.
//
//   Add ──► queue, up to max_queue ──► one request, up to max_batch ──► collector
//             full: the newest goes        │ 429, 502 .. 504, no answer: again, later
//                                          └ refused, or too often: they go
//
// One request is under way at a time and nobody waits for it: a collector that stands still costs
// the spans that do not fit, which are counted.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/rng.h"
#include "edge/traceparent.h"
#include "http/http_client_pool.h"
#include "net/dial.h"
#include "net/socket_loop.h"
#include "telemetry/metrics.h"
#include "telemetry/sampled_count.h"
#include "tracing/export_answer.h"
#include "tracing/otlp_json.h"
#include "tracing/trace_options.h"

namespace shoal {

class SpanExporter {
 public:
  // Not on the loop's thread. `options.resource` is what the spans are told to be of. `loop` and
  // `clock` outlive it.
  static std::unique_ptr<SpanExporter> Start(TraceOptions options, const std::string& version,
                                             SocketLoop& loop, const Clock& clock);
  ~SpanExporter();  // not on the loop's thread; what is not sent goes

  // On the loop's thread.
  void Add(const TraceSpan& span);
  // From the clock of records to time since 1970, as of now.
  std::chrono::nanoseconds to_unix() const;

  // Thread-safe.
  TraceIds& ids() { return ids_; }
  const TraceSampler& sampler() const { return options_.sampler; }

  // Sends what there is, until `until`, or until the collector fails. Blocks; not on the loop's
  // thread. What comes later may be sent or not.
  void Flush(std::chrono::steady_clock::time_point until);

  // Spans that never came to anything. Thread-safe.
  struct Dropped {
    std::uint64_t queue_full = 0;
    std::uint64_t failed = 0;    // the collector did not take the request
    std::uint64_t rejected = 0;  // it took the request, but not these
  };
  Dropped dropped() const { return {queue_full_, failed_, rejected_}; }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Of a request, until nobody will send it any more.
  struct UnderWay {
    std::string body;
    std::size_t spans = 0;
    int attempts = 0;
  };

  SpanExporter(TraceOptions options, const std::string& version, SocketLoop& loop,
               const Clock& clock);
  void SendLater();
  void SendNext();
  void Send();
  void Answered(const ExportAnswer& answer);
  void Lose(const std::string& why);
  void GoOn();
  void SetTimer(std::chrono::milliseconds wait, void (SpanExporter::*then)());
  void EndTimer();
  void SayRejected(const ExportAnswer& answer);

  const TraceOptions options_;
  const OtlpFrame frame_;
  SocketLoop& loop_;
  const Clock& clock_;
  TraceIds ids_;
  Resolver resolver_;

  // Of the loop's thread.
  std::unique_ptr<HttpClientPool> pool_;
  std::deque<std::string> queue_;
  std::optional<UnderWay> under_way_;
  std::optional<SocketLoop::TimerId> timer_;  // to send, or to send again
  bool is_flushing_ = false;
  Rng rng_;
  SampledCount failures_;
  SampledCount rejections_;

  std::atomic<std::uint64_t> queue_full_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<std::uint64_t> rejected_{0};

  Mutex mutex_;
  CondVar changed_;
  bool is_flushed_ GUARDED_BY(mutex_) = false;
};

// The metric of what was dropped; null: traces are off, and nothing is.
void AddSpanMetrics(const SpanExporter* exporter, MetricFigures& to);

}  // namespace shoal
