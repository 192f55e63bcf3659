#include "telemetry/log.h"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <memory>

#include "base/clock.h"
#include "base/overloaded.h"
#include "base/utf8.h"
#include "json/writer.h"
#include "telemetry/line_writer.h"
#include "telemetry/lost_lines.h"

namespace shoal {
namespace {

constexpr std::size_t kQueuedLines = 8192;
constexpr std::array<std::string_view, 5> kLevels = {"debug", "info", "warn", "error", "off"};

class StdoutSink;

struct Logging {
  LogOptions options;
  bool json = true;
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<StdoutSink> sink;
  std::shared_ptr<spdlog::logger> logger;
};

// Set once by StartLogging before other threads log; read-only until StopLogging.
Logging& TheLogging() {
  static Logging logging;
  return logging;
}

// Of the pool's thread, but for HurryUp; StopLogging calls it once that has ended. Not spdlog's own
// sink: that one does not notice that it failed.
class StdoutSink : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit StdoutSink(spdlog::details::thread_pool& pool) : pool_(pool), writer_(STDOUT_FILENO) {}

  void HurryUp() { writer_.HurryUp(); }
  // Says how many lines were lost, if any were.
  void Tell(std::uint64_t count) {
    if (count > 0 && writer_.Write(DroppedLine(count))) lost_.Told();
  }
  void TellAtTheEnd() { Tell(lost_.lost()); }

 private:
  static std::string DroppedLine(std::uint64_t count) {
    const Logging& logging = TheLogging();
    return FormatLogLine(logging.json, LogLevel::kWarn, logging.options.role, UnixNanoseconds(),
                         "log.dropped", "lines of this log were lost",
                         {{"count", static_cast<std::int64_t>(count)}});
  }
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string_view line(message.payload.data(), message.payload.size());
    lost_.Tried(writer_.Write(line), pool_.overrun_counter());
    Tell(lost_.ToTell(pool_.queue_size()));
  }
  void flush_() override {}

  spdlog::details::thread_pool& pool_;
  LineWriter writer_;
  LostLines lost_;
};

std::string Timestamp(std::int64_t unix_ns) {
  const std::time_t seconds = unix_ns / 1'000'000'000;
  std::tm time{};
  gmtime_r(&seconds, &time);
  char date[32];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &time);
  char text[64];
  std::snprintf(text, sizeof text, "%s.%09dZ", date, static_cast<int>(unix_ns % 1'000'000'000));
  return text;
}

std::string ForPeople(const LogField& field) {
  return std::visit(Overloaded{[](const std::string& word) { return word; },
                               [](auto number) { return std::to_string(number); }},
                    field.value);
}

void Write(LogLevel level, std::string_view event, std::string_view message,
           std::initializer_list<LogField> fields) {
  const Logging& logging = TheLogging();
  if (!logging.logger || level < logging.options.level) return;
  logging.logger->log(spdlog::level::info,
                      FormatLogLine(logging.json, level, logging.options.role, UnixNanoseconds(),
                                    event, message, fields));
}

}  // namespace

Result<LogLevel> ParseLogLevel(std::string_view name) {
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (kLevels[i] == name) return static_cast<LogLevel>(i);
  }
  return InvalidArgumentError("found log level '" + std::string(name) +
                              "', expected debug, info, warn, error or off");
}

void StartLogging(const LogOptions& options) {
  Logging& logging = TheLogging();
  logging.options = options;
  logging.json = options.format == "json" || (options.format == "auto" && !isatty(STDOUT_FILENO));
  logging.pool = std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1);
  logging.sink = std::make_shared<StdoutSink>(*logging.pool);
  logging.logger = std::make_shared<spdlog::async_logger>(
      "shoal", logging.sink, logging.pool, spdlog::async_overflow_policy::overrun_oldest);
}

void StopLogging() {
  Logging& logging = TheLogging();
  if (!logging.logger) return;
  logging.sink->HurryUp();
  logging.logger.reset();
  logging.pool.reset();  // joins its thread after the last line
  logging.sink->TellAtTheEnd();
  logging.sink.reset();
}

void LogDebug(std::string_view event, std::string_view message,
              std::initializer_list<LogField> fields) {
  Write(LogLevel::kDebug, event, message, fields);
}
void LogInfo(std::string_view event, std::string_view message,
             std::initializer_list<LogField> fields) {
  Write(LogLevel::kInfo, event, message, fields);
}
void LogWarn(std::string_view event, std::string_view message,
             std::initializer_list<LogField> fields) {
  Write(LogLevel::kWarn, event, message, fields);
}
void LogError(std::string_view event, std::string_view message,
              std::initializer_list<LogField> fields) {
  Write(LogLevel::kError, event, message, fields);
}

std::string FormatLogLine(bool json, LogLevel level, std::string_view role, std::int64_t unix_ns,
                          std::string_view event, std::string_view message,
                          std::initializer_list<LogField> fields) {
  const std::string_view level_name = kLevels.at(static_cast<std::size_t>(level));
  std::string line;
  if (!json) {
    line = Timestamp(unix_ns).substr(11, 12) + " " + std::string(level_name) + " " +
           std::string(message);
    for (const LogField& field : fields) {
      line += " " + std::string(field.name) + "=" + ForPeople(field);
    }
    return ReadableUtf8(line);
  }
  JsonWriter writer(line);
  writer.BeginObject();
  writer.Key("ts");
  writer.String(Timestamp(unix_ns));
  writer.Key("level");
  writer.String(level_name);
  writer.Key("event");
  writer.String(event);
  writer.Key("msg");
  writer.String(message);
  writer.Key("service");
  writer.String("shoal");
  writer.Key("role");
  writer.String(role);
  for (const LogField& field : fields) {
    writer.Key(field.name);
    std::visit(Overloaded{[&writer](const std::string& word) { writer.String(word); },
                          [&writer](std::int64_t count) { writer.Int(count); },
                          [&writer](double number) { writer.Double(number); }},
               field.value);
  }
  writer.EndObject();
  return line;
}

}  // namespace shoal
