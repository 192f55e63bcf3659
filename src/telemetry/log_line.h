// One line of a log: a JSON object, or a shorter line for people. Both are appended to a text whose
// memory is kept from line to line; nothing else is allocated for an ordinary line.
//
//   {"ts":"2023-11-14T22:13:20.000000042Z","level":"warn","event":"worker.detached","msg":"...",
//    "service":"shoal","role":"worker","worker_id":"w0","incarnation":"...", <fields>}
//
// An error is a field of its own, `exc_info`, with its causes one by one; no message repeats it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/status.h"
#include "telemetry/line_text.h"

namespace shoal {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError, kOff };

// "debug", "info", "warn", "error", "off".
std::string_view Name(LogLevel level);
Result<LogLevel> ParseLogLevel(std::string_view name);

// Views: what they point at outlives the call that logs. A Status is an error.
using LogValue = std::variant<std::string_view, std::int64_t, double, bool, const Status*>;

struct LogField {
  std::string_view name;  // of ours: written as it is
  LogValue value;
};

// {"type":"UNAVAILABLE","message":...,"location":"net/dial.cc:162","causes":[{...} without causes]}
inline LogField ExcInfo(const Status& error) { return {"exc_info", &error}; }

// A longer value ends in "...", a longer line has `cut_bytes` in place of its fields.
inline constexpr std::size_t kMaxLogValue = std::size_t{4} << 10;
inline constexpr std::size_t kMaxLogLine = std::size_t{16} << 10;

struct LogLine {
  LogLevel level;
  std::int64_t unix_ns;
  std::string_view event;  // of ours: written as it is
  std::string_view message;
  std::span<const LogField> fields;
};

// What every line of one process has alike. Empty words are left out.
std::string LogIdentity(std::string_view role, std::string_view worker_id,
                        std::string_view incarnation);

// Without the end of the line.
void AppendJsonLine(LineText& out, const LogLine& line, std::string_view identity);
void AppendConsoleLine(LineText& out, const LogLine& line);

}  // namespace shoal
