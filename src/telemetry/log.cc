#include "telemetry/log.h"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <memory>

#include "base/clock.h"
#include "base/overloaded.h"
#include "base/utf8.h"
#include "json/writer.h"

namespace shoal {
namespace {

constexpr std::size_t kQueuedLines = 8192;
constexpr std::array<std::string_view, 5> kLevels = {"debug", "info", "warn", "error", "off"};

struct Logging {
  LogOptions options;
  bool json = true;
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::logger> logger;
};

// Set once by StartLogging before other threads log; read-only until StopLogging.
Logging& TheLogging() {
  static Logging logging;
  return logging;
}

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
  logging.logger = std::make_shared<spdlog::async_logger>(
      "shoal", std::make_shared<spdlog::sinks::stdout_sink_mt>(), logging.pool,
      spdlog::async_overflow_policy::overrun_oldest);
  logging.logger->set_pattern("%v");
  logging.logger->flush_on(spdlog::level::info);
}

void StopLogging() {
  Logging& logging = TheLogging();
  logging.logger.reset();
  logging.pool.reset();  // joins its thread after the last line
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
