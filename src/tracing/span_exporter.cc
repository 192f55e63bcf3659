#include "tracing/span_exporter.h"

#include <algorithm>
#include <utility>

#include "telemetry/log.h"

namespace shoal {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr std::chrono::minutes kLogInterval{1};
constexpr std::size_t kMaxAnswerBytes = 1 << 20;

std::vector<HttpField> HeadersOf(const TraceOptions& options, const std::string& version) {
  std::vector<HttpField> headers = options.headers;
  headers.push_back({"Content-Type", "application/json"});
  headers.push_back({"User-Agent", "shoal/" + version});
  return headers;
}

}  // namespace

std::unique_ptr<SpanExporter> SpanExporter::Start(TraceOptions options, const std::string& version,
                                                  SocketLoop& loop, const Clock& clock) {
  std::unique_ptr<SpanExporter> exporter(
      new SpanExporter(std::move(options), version, loop, clock));
  loop.PostAndWait([raw = exporter.get(), &version] {
    raw->pool_ = std::make_unique<HttpClientPool>(
        raw->loop_, raw->resolver_,
        HttpClientPool::Options{.server = raw->options_.endpoint.address,
                                .max_connections = 1,
                                .headers = HeadersOf(raw->options_, version),
                                .limits = {.max_body_bytes = kMaxAnswerBytes}});
  });
  return exporter;
}

SpanExporter::SpanExporter(TraceOptions options, const std::string& version, SocketLoop& loop,
                           const Clock& clock)
    : options_(std::move(options)),
      frame_(FrameOf(options_.resource, version)),
      loop_(loop),
      clock_(clock),
      ids_(RandomSeed()),
      resolver_(clock),
      rng_(RandomSeed()),
      failures_(clock, kLogInterval),
      rejections_(clock, kLogInterval) {}

SpanExporter::~SpanExporter() {
  loop_.PostAndWait([this] {
    EndTimer();
    under_way_.reset();
    queue_.clear();
    pool_.reset();
  });
}

nanoseconds SpanExporter::to_unix() const {
  return nanoseconds(UnixNanoseconds()) - clock_.Now().time_since_epoch();
}

void SpanExporter::Add(const TraceSpan& span) {
  if (queue_.size() >= options_.max_queue) {
    ++queue_full_;
    return;
  }
  queue_.push_back(SpanJson(span));
  if (!under_way_) SendLater();
}

void SpanExporter::SendLater() {
  if (queue_.size() >= options_.max_batch || is_flushing_) return SendNext();
  if (!queue_.empty() && !timer_) SetTimer(options_.delay, &SpanExporter::SendNext);
}

void SpanExporter::SendNext() {
  EndTimer();
  UnderWay next{.body = frame_.before, .spans = std::min(queue_.size(), options_.max_batch)};
  for (std::size_t i = 0; i < next.spans; ++i) {
    if (i > 0) next.body += ',';
    next.body += queue_.front();
    queue_.pop_front();
  }
  next.body += frame_.behind;
  under_way_ = std::move(next);
  Send();
}

void SpanExporter::Send() {
  EndTimer();
  ++under_way_->attempts;
  pool_->Send({.method = "POST",
               .target = options_.endpoint.target,
               .body = under_way_->body,
               .timeout = options_.timeout},
              [this](const Result<ReceivedAnswer>& answer) {
                if (under_way_) Answered(ReadExportAnswer(answer));  // else it is the end
              });
}

void SpanExporter::Answered(const ExportAnswer& answer) {
  switch (answer.fate) {
    case ExportAnswer::Fate::kTaken:
      SayRejected(answer);
      return GoOn();
    case ExportAnswer::Fate::kTryAgain:
      if (under_way_->attempts >= kMostAttempts || is_flushing_) return Lose(answer.why);
      return SetTimer(RetryWait(under_way_->attempts, answer.retry_after, rng_.Unit()),
                      &SpanExporter::Send);
    case ExportAnswer::Fate::kLost:
      return Lose(answer.why);
  }
}

void SpanExporter::SayRejected(const ExportAnswer& answer) {
  if (answer.rejected == 0 && answer.why.empty()) return;
  const std::uint64_t count = std::min<std::uint64_t>(answer.rejected, under_way_->spans);
  rejected_ += count;
  if (const auto spans = rejections_.Add(count)) {
    const Status why = FailedPreconditionError(answer.why);
    LogWarn("traces.rejected", "the collector rejected spans",
            {{"spans", static_cast<std::int64_t>(*spans)},
             {"endpoint", options_.endpoint.ToString()},
             ExcInfo(why)});
  }
}

void SpanExporter::Lose(const std::string& why) {
  std::uint64_t lost = under_way_->spans;
  if (is_flushing_) {  // the end: who does not take these would not take others
    lost += queue_.size();
    queue_.clear();
  }
  failed_ += lost;
  if (const auto spans = failures_.Add(lost)) {
    const Status error = UnavailableError(why);
    LogWarn("traces.export_failed", "spans were not exported",
            {{"spans", static_cast<std::int64_t>(*spans)},
             {"endpoint", options_.endpoint.ToString()},
             ExcInfo(error)});
  }
  GoOn();
}

void SpanExporter::GoOn() {
  under_way_.reset();
  if (is_flushing_ && queue_.empty()) {
    MutexLock lock(mutex_);
    is_flushed_ = true;
    changed_.NotifyAll();
    return;
  }
  SendLater();
}

void SpanExporter::SetTimer(milliseconds wait, void (SpanExporter::*then)()) {
  timer_ = loop_.SetTimer(loop_.Now() + wait, [this, then] {
    timer_.reset();
    (this->*then)();
  });
}

void SpanExporter::EndTimer() {
  if (timer_) loop_.CancelTimer(*std::exchange(timer_, std::nullopt));
}

void SpanExporter::Flush(TimePoint until) {
  loop_.PostAndWait([this] {
    is_flushing_ = true;
    if (!under_way_) return GoOn();
    if (timer_) Send();  // it waited to be sent again
  });
  MutexLock lock(mutex_);
  while (!is_flushed_) {
    if (changed_.WaitUntil(mutex_, until)) continue;
    const Status error = DeadlineExceededError("the collector is too slow for the end");
    LogWarn("traces.export_failed", "spans were not exported",
            {{"endpoint", options_.endpoint.ToString()}, ExcInfo(error)});
    return;
  }
}

void AddSpanMetrics(const SpanExporter* exporter, MetricFigures& to) {
  const SpanExporter::Dropped dropped =
      exporter == nullptr ? SpanExporter::Dropped{} : exporter->dropped();
  const auto add = [&to](const char* reason, std::uint64_t spans) {
    to.Add(metric::kSpansDropped, static_cast<double>(spans), {{"reason", reason}});
  };
  add("queue_full", dropped.queue_full);
  add("export_failed", dropped.failed);
  add("rejected", dropped.rejected);
}

}  // namespace shoal
