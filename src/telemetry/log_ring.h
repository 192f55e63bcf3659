// The last lines of a log, kept in memory for who asks over the network. Lines have numbers that
// grow by one, from 1; the oldest go when there are 10,000 of them or 8 MiB. Always as JSON, also
// where stdout gets lines for people, and also those that stdout did not take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "telemetry/line_store.h"
#include "telemetry/log_line.h"

namespace shoal {

struct LogQuery {
  std::uint64_t after = 0;  // lines with greater numbers
  std::size_t most = 100;   // lines in one answer; the oldest of those that match
  LogLevel least = LogLevel::kDebug;
  std::string_view request_id = {};  // empty: any
  std::string_view worker_id = {};   // empty: any
};

struct KeptLine {
  std::uint64_t id = 0;
  LogLevel level = LogLevel::kInfo;
  std::string event;
  std::string json;
};

struct LogPage {
  std::vector<KeptLine> lines;  // oldest first
  std::uint64_t next = 0;       // `after` of the query that goes on behind this page
  std::uint64_t oldest = 1;     // number of the oldest that is kept; more than newest: none is
  std::uint64_t newest = 0;     // 0: there was none yet
};

// Thread-safe.
class LogRing {
 public:
  static constexpr std::size_t kMaxLines = 10'000;
  static constexpr std::size_t kMaxBytes = std::size_t{8} << 20;

  explicit LogRing(std::size_t max_lines = kMaxLines, std::size_t max_bytes = kMaxBytes)
      : lines_(max_lines, max_bytes) {}

  // `json` is not empty.
  void Add(LogLevel level, std::string_view event, std::string_view json) EXCLUDES(mutex_);
  LogPage Find(const LogQuery& query) const EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  LineStore lines_ GUARDED_BY(mutex_);
  std::uint64_t newest_ GUARDED_BY(mutex_) = 0;
};

}  // namespace shoal
