// A line is not parsed: `,"request_id":"abc"` with its quotes stands in it as a field or not at
// all, since a quote inside a value has a backslash before it.
#include "telemetry/log_ring.h"

#include <algorithm>

#include "json/writer.h"

namespace shoal {
namespace {

std::string FieldText(std::string_view name, std::string_view value) {
  if (value.empty()) return "";
  std::string text = ",\"" + std::string(name) + "\":";
  JsonWriter(text).String(value);
  return text;
}

}  // namespace

void LogRing::Add(LogLevel level, std::string_view event, std::string_view json) {
  MutexLock lock(mutex_);
  lines_.Add({.level = level, .event = event, .json = json, .console = {}});
  ++newest_;
}

LogPage LogRing::Find(const LogQuery& query) const {
  const std::string request = FieldText("request_id", query.request_id);
  const std::string worker = FieldText("worker_id", query.worker_id);
  MutexLock lock(mutex_);
  const std::uint64_t oldest = newest_ + 1 - lines_.size();
  LogPage page{.lines = {}, .next = query.after, .oldest = oldest, .newest = newest_};
  for (std::uint64_t id = std::max(oldest, query.after + 1); id <= newest_; ++id) {
    if (page.lines.size() >= query.most) return page;
    page.next = id;
    const LogRecord line = lines_[id - oldest];
    if (line.level < query.least || line.json.find(request) == line.json.npos ||
        line.json.find(worker) == line.json.npos) {
      continue;
    }
    page.lines.push_back({.id = id,
                          .level = line.level,
                          .event = std::string(line.event),
                          .json = std::string(line.json)});
  }
  return page;
}

}  // namespace shoal
