// Structured logs: one JSON object per line on stdout, or a line for people where stdout is a
// terminal.
//
//   LogInfo("worker.attached", "worker attached", {{"worker_id", id}, {"incarnation",
//   incarnation}});
//
// Written by a thread of its own from a bounded queue; when that is full the oldest lines go. A
// line that cannot be written goes too, and no process ends of it; `log.dropped` says how many went
// once lines get through again. Texts and vectors are never logged. An error is logged where it is
// handled, once.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/status.h"

namespace shoal {

enum class LogLevel { kDebug, kInfo, kWarn, kError, kOff };

struct LogField {
  std::string_view name;
  std::variant<std::string, std::int64_t, double> value;
};

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  std::string format = "auto";  // auto, json, console
  std::string role;             // coordinator, worker, serve
};

// Once, before the first line. Until then, and after StopLogging, nothing is written.
void StartLogging(const LogOptions& options);
// Writes what is queued, but does not wait long for a pipe that stays full.
void StopLogging();

// "debug", "info", "warn", "error", "off".
Result<LogLevel> ParseLogLevel(std::string_view name);

void LogDebug(std::string_view event, std::string_view message,
              std::initializer_list<LogField> fields = {});
void LogInfo(std::string_view event, std::string_view message,
             std::initializer_list<LogField> fields = {});
void LogWarn(std::string_view event, std::string_view message,
             std::initializer_list<LogField> fields = {});
void LogError(std::string_view event, std::string_view message,
              std::initializer_list<LogField> fields = {});

// One line without its end: what StartLogging's sink writes. `unix_ns` is the time.
std::string FormatLogLine(bool json, LogLevel level, std::string_view role, std::int64_t unix_ns,
                          std::string_view event, std::string_view message,
                          std::initializer_list<LogField> fields);

}  // namespace shoal
