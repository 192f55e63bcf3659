#include "telemetry/log.h"

#include <unistd.h>

#include <atomic>
#include <memory>

#include "base/clock.h"
#include "telemetry/log_queue.h"
#include "telemetry/log_writer.h"

namespace shoal {
namespace {

struct Logging {
  std::atomic<LogLevel> level = LogLevel::kOff;
  // Set by StartLogging, before other threads log.
  bool json = true;
  bool console = false;
  std::string identity;
  std::unique_ptr<LogRing> kept;
  // They stay when logging has stopped, and take nothing more.
  std::unique_ptr<LogQueue> queue;
  std::unique_ptr<LogWriter> writer;
  std::atomic<bool> started = false;
};

// Never destroyed: threads may log while the process ends.
Logging& TheLogging() {
  static Logging& logging = *new Logging;
  return logging;
}

// The memory of one thread for the lines it makes.
struct LineMemory {
  LineText json;
  LineText console;
};

LineMemory& ThisThreadsMemory() {
  thread_local LineMemory memory;
  memory.json.Clear();
  memory.console.Clear();
  return memory;
}

}  // namespace

void StartLogging(const LogOptions& options) {
  Logging& logging = TheLogging();
  const bool json =
      options.format == "json" || (options.format == "auto" && !isatty(STDOUT_FILENO));
  logging.console = !json;
  logging.json = json || options.keep_lines;
  logging.identity = LogIdentity(options.role, options.worker_id, options.incarnation);
  logging.writer.reset();
  logging.kept = options.keep_lines ? std::make_unique<LogRing>() : nullptr;
  logging.queue = std::make_unique<LogQueue>();
  logging.writer =
      std::make_unique<LogWriter>(*logging.queue, LogWriter::Options{.fd = STDOUT_FILENO,
                                                                     .json = json,
                                                                     .identity = logging.identity,
                                                                     .kept = logging.kept.get()});
  logging.level = options.level;
  logging.started = true;
}

void StopLogging() {
  Logging& logging = TheLogging();
  if (!logging.started) return;
  logging.level = LogLevel::kOff;
  logging.writer->Stop();
}

void SetLogLevel(LogLevel level) { TheLogging().level = level; }

LogLevel CurrentLogLevel() { return TheLogging().level; }

const LogRing* KeptLines() { return TheLogging().kept.get(); }

std::uint64_t LostLogLines() {
  const Logging& logging = TheLogging();
  return logging.started ? logging.writer->lost() : 0;
}

void Log(LogLevel level, std::string_view event, std::string_view message,
         std::span<const LogField> fields) {
  Logging& logging = TheLogging();
  if (level < logging.level.load(std::memory_order_relaxed)) return;
  if (!logging.started.load(std::memory_order_acquire)) return;
  const LogLine line{.level = level,
                     .unix_ns = UnixNanoseconds(),
                     .event = event,
                     .message = message,
                     .fields = fields};
  LineMemory& memory = ThisThreadsMemory();
  if (logging.json) AppendJsonLine(memory.json, line, logging.identity);
  if (logging.console) AppendConsoleLine(memory.console, line);
  logging.queue->Add({.level = level,
                      .event = event,
                      .json = memory.json.view(),
                      .console = memory.console.view()});
}

}  // namespace shoal
