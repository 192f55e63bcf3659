#include "telemetry/log_writer.h"

#include <limits.h>

#include <array>
#include <utility>

#include "base/clock.h"

namespace shoal {

LogWriter::LogWriter(LogQueue& queue, Options options)
    : queue_(queue), options_(std::move(options)), writer_(options_.fd) {
  thread_ = std::thread([this] { Run(); });
}

void LogWriter::Stop() {
  writer_.HurryUp();
  queue_.Close();
  if (thread_.joinable()) thread_.join();
}

void LogWriter::Run() {
  LineStore lines = queue_.EmptyStore();
  while (queue_.Take(lines)) {
    WriteAll(lines);
    Tell(lost_.ToTell(queue_.size()));
  }
  Tell(lost_.lost());
}

// The ring first: a pipe may stand still.
void LogWriter::WriteAll(const LineStore& lines) {
  for (std::size_t i = 0; options_.kept != nullptr && i < lines.size(); ++i) {
    const LogRecord record = lines[i];
    options_.kept->Add(record.level, record.event, record.json);
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = options_.json ? lines[i].json : lines[i].console;
    if (chunk_.size() + line.size() >= PIPE_BUF) Flush();
    chunk_.append(line) += '\n';
  }
  Flush();
}

// No more than a pipe takes at one go, so that lines of other processes never stand within.
void LogWriter::Flush() {
  if (chunk_.empty()) return;
  const LineWriter::Outcome outcome = writer_.WriteLines(chunk_);
  chunk_.clear();
  unwritten_ += outcome.lost;
  lost_.Tried(outcome.lost, outcome.works, queue_.overrun());
}

void LogWriter::Tell(std::uint64_t count) {
  if (count == 0) return;
  const std::array<LogField, 1> fields = {LogField{"count", static_cast<std::int64_t>(count)}};
  const LogLine line{.level = LogLevel::kWarn,
                     .unix_ns = UnixNanoseconds(),
                     .event = "log.dropped",
                     .message = "lines of this log were lost",
                     .fields = fields};
  LineText json;
  AppendJsonLine(json, line, options_.identity);
  LineText console;
  AppendConsoleLine(console, line);
  if (!writer_.Write(options_.json ? json.view() : console.view())) return;
  lost_.Told();
  if (options_.kept != nullptr) options_.kept->Add(line.level, line.event, json.view());
}

}  // namespace shoal
