// Structured logs: one JSON object per line on stdout, or a line for people where stdout is a
// terminal. docs/logs.md has every event, its level and its fields.
//
//   LogInfo("worker.changed", "worker is ready", {{"worker_id", id}, {"lanes", 2}});
//   LogError("ready_file.failed", "the ready file could not be written", {ExcInfo(status)});
//
// A line is made by who logs, in some 0.4 us and without allocating, and written by a thread
// of its own from a bounded queue; when that is full the oldest lines go. A line that cannot be
// written goes too, and no process ends of it; `log.dropped` says how many went once lines get
// through again. Texts and vectors are never logged. An error is logged where it is handled, once.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "telemetry/log_line.h"
#include "telemetry/log_ring.h"

namespace shoal {

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  std::string format = "auto";   // auto, json, console
  std::string role;              // coordinator, worker, serve
  std::string worker_id = {};    // of a worker: these two stand in every line of its process
  std::string incarnation = {};  // as Hex writes it
  bool keep_lines = false;       // see KeptLines
};

// Once, before the first line. Until then, and after StopLogging, nothing is written.
void StartLogging(const LogOptions& options);
// Writes what is queued, but does not wait long for a pipe that stays full.
void StopLogging();

// From any thread, at any time; counts for the lines after it.
void SetLogLevel(LogLevel level);
LogLevel CurrentLogLevel();  // kOff: nothing is written

// The last lines, if `keep_lines` asked for them, else nullptr. Lives on after StopLogging.
const LogRing* KeptLines();
// How many lines were lost so far, as `log.dropped` counts them.
std::uint64_t LostLogLines();

// From any thread.
void Log(LogLevel level, std::string_view event, std::string_view message,
         std::span<const LogField> fields);

inline void Log(LogLevel level, std::string_view event, std::string_view message,
                std::initializer_list<LogField> fields = {}) {
  Log(level, event, message, std::span<const LogField>(fields.begin(), fields.size()));
}
inline void LogDebug(std::string_view event, std::string_view message,
                     std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kDebug, event, message, fields);
}
inline void LogInfo(std::string_view event, std::string_view message,
                    std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kInfo, event, message, fields);
}
inline void LogWarn(std::string_view event, std::string_view message,
                    std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kWarn, event, message, fields);
}
inline void LogError(std::string_view event, std::string_view message,
                     std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kError, event, message, fields);
}

}  // namespace shoal
