#include "server/request_log.h"

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "base/hex.h"
#include "base/status.h"
#include "telemetry/log.h"

namespace shoal {
namespace {

double Milliseconds(std::int64_t us) { return static_cast<double>(us) / 1000; }

// The fields of one line, without memory of their own.
class Fields {
 public:
  void Add(std::string_view name, LogValue value) { fields_[count_++] = {name, value}; }
  void AddText(std::string_view name, std::string_view text) {
    if (!text.empty()) Add(name, text);
  }
  void AddCount(std::string_view name, std::uint64_t count) {
    if (count > 0) Add(name, static_cast<std::int64_t>(count));
  }
  void AddTime(std::string_view name, std::int64_t us) {
    if (us > 0) Add(name, Milliseconds(us));
  }
  std::span<const LogField> all() const { return {fields_.data(), count_}; }

 private:
  std::array<LogField, 20> fields_{};
  std::size_t count_ = 0;
};

void AddWork(const CallRecord& record, Fields& fields) {
  const CallWork& work = record.work;
  fields.AddCount("texts", record.texts);
  fields.AddCount("tokens", work.tokens);
  fields.AddCount("attempt", work.attempts);
  if (!work.workers.empty()) {
    fields.Add("worker_id", std::string_view(work.workers.front()->id));
    fields.Add("incarnation", std::string_view(work.workers.front()->incarnation));
  }
  fields.AddText("queue", work.queue);
  fields.AddTime("queue_ms", work.timing.queue_us);
  fields.AddTime("infer_ms", work.timing.compute_us);
  fields.Add("total_ms", Milliseconds(record.total.count()));
}

std::string_view Sentence(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return "a request was served";
    case Outcome::kRefused:
      return "a request was refused";
    case Outcome::kFailed:
      return "a request failed";
  }
  return "";
}

}  // namespace

void LogRequest(const CallRecord& record, std::uint64_t left_out) {
  const Outcome outcome = OutcomeOf(record.verdict);
  const LogLevel level = outcome == Outcome::kFailed ? LogLevel::kWarn : LogLevel::kInfo;
  if (level < CurrentLogLevel()) return;
  std::string trace_id;
  std::string span_id;
  Fields fields;
  fields.AddText("request_id", record.request_id);
  if (record.trace.exists()) {
    trace_id = Hex(record.trace.trace_id);
    span_id = Hex(record.trace.span_id);
    fields.Add("trace_id", std::string_view(trace_id));
    fields.Add("span_id", std::string_view(span_id));
  }
  fields.Add("api", Name(record.api));
  fields.AddText("client", record.client);
  fields.Add("code", Name(CodeOf(record.verdict)));
  fields.Add("reason", Name(record.verdict));
  fields.AddText("why", record.message);
  AddWork(record, fields);
  fields.AddCount("sampled_out", left_out);
  Log(level, "request.finished", Sentence(outcome), fields.all());
}

}  // namespace shoal
