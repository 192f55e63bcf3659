#include "telemetry/log_line.h"

#include <array>
#include <cmath>
#include <cstring>
#include <ctime>
#include <limits>

#include "base/overloaded.h"
#include "base/utf8.h"
#include "json/writer.h"

namespace shoal {
namespace {

constexpr std::array<std::string_view, 5> kLevels = {"debug", "info", "warn", "error", "off"};
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kMessageOfCutLine = 1024;
constexpr std::size_t kSecondsSize = 19;  // "2023-11-14T22:13:20"

// The second is written once for all lines in it.
std::string_view SecondsText(std::int64_t seconds) {
  thread_local std::int64_t written = std::numeric_limits<std::int64_t>::min();
  thread_local std::array<char, 32> text;
  if (seconds != written) {
    const std::time_t time = seconds;
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    written = seconds;
  }
  return {text.data(), kSecondsSize};
}

void AppendDigits(LineText& out, std::int64_t value, std::size_t count) {
  std::array<char, 16> digits;
  for (std::size_t i = count; i > 0; --i) {
    digits[i - 1] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  out.Add(std::string_view(digits.data(), count));
}

// What is not plain takes memory; it is rare.
void AppendString(LineText& out, std::string_view text, std::size_t most = kMaxLogValue) {
  if (text.size() <= most && IsPlainJson(text)) {
    out.Add('"').Add(text).Add('"');
    return;
  }
  std::string json;
  JsonWriter(json).String(CutUtf8(text, most));
  if (text.size() > most) json.insert(json.size() - 1, "...");
  out.Add(json);
}

// Times in ms with three decimals are most of what is logged, and many times faster to write as the
// integer that they are, in thousandths. The digits are those of the shortest decimal.
void AppendDouble(LineText& out, double value) {
  const bool may = !std::signbit(value) && value < 1e9;  // and no NaN
  const std::int64_t thousandths = may ? std::llround(value * 1000) : 0;
  if (!may || static_cast<double>(thousandths) / 1000 != value) {
    std::string json;
    JsonWriter(json).Double(value);
    out.Add(json);
    return;
  }
  out.Add(thousandths / 1000);
  if (thousandths % 1000 == 0) return;
  out.Add('.');
  AppendDigits(out, thousandths % 1000, 3);
  while (out.view().back() == '0') out.Cut(out.size() - 1);
}

void AppendErrorFields(LineText& out, const Status& error) {
  out.Add(R"({"type":")").Add(Name(error.code())).Add(R"(","message":)");
  AppendString(out, error.own_message());
  out.Add(R"(,"location":)");
  AppendString(out, error.place().ToString());
}

void AppendError(LineText& out, const Status& error) {
  AppendErrorFields(out, error);
  out.Add(R"(,"causes":[)");
  bool first = true;
  for (Status cause = error.cause(); !cause.ok(); cause = cause.cause()) {
    if (!first) out.Add(',');
    first = false;
    AppendErrorFields(out, cause);
    out.Add('}');
  }
  out.Add("]}");
}

void AppendValue(LineText& out, const LogValue& value) {
  std::visit(Overloaded{[&out](std::string_view word) { AppendString(out, word); },
                        [&out](std::int64_t count) { out.Add(count); },
                        [&out](double number) { AppendDouble(out, number); },
                        [&out](bool yes) { out.Add(std::string_view(yes ? "true" : "false")); },
                        [&out](const Status* error) { AppendError(out, *error); }},
             value);
}

void AppendLine(LineText& out, const LogLine& line, std::string_view identity,
                std::size_t message_size) {
  out.Add(R"({"ts":")").Add(SecondsText(line.unix_ns / kSecond)).Add('.');
  AppendDigits(out, line.unix_ns % kSecond, 9);
  out.Add(R"(Z","level":")").Add(Name(line.level));
  out.Add(R"(","event":")").Add(line.event).Add(R"(","msg":)");
  AppendString(out, line.message, message_size);
  out.Add(identity);
  for (const LogField& field : line.fields) {
    out.Add(R"(,")").Add(field.name).Add(R"(":)");
    AppendValue(out, field.value);
  }
  out.Add('}');
}

std::string ForPeople(const LogValue& value) {
  return std::visit(Overloaded{[](std::string_view word) { return std::string(word); },
                               [](bool yes) { return std::string(yes ? "true" : "false"); },
                               [](const Status* error) { return error->ToString(); },
                               [](auto number) { return std::to_string(number); }},
                    value);
}

}  // namespace

std::string_view Name(LogLevel level) { return kLevels.at(static_cast<std::size_t>(level)); }

Result<LogLevel> ParseLogLevel(std::string_view name) {
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (kLevels[i] == name) return static_cast<LogLevel>(i);
  }
  return InvalidArgumentError("found log level '" + std::string(name) +
                              "', expected debug, info, warn, error or off");
}

std::string LogIdentity(std::string_view role, std::string_view worker_id,
                        std::string_view incarnation) {
  LineText identity;
  identity.Add(R"(,"service":"shoal")");
  const auto add = [&identity](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    identity.Add(R"(,")").Add(name).Add(R"(":)");
    AppendString(identity, value);
  };
  add("role", role);
  add("worker_id", worker_id);
  add("incarnation", incarnation);
  return std::string(identity.view());
}

void AppendJsonLine(LineText& out, const LogLine& line, std::string_view identity) {
  const std::size_t before = out.size();
  AppendLine(out, line, identity, kMaxLogValue);
  const std::size_t size = out.size() - before;
  if (size <= kMaxLogLine) return;
  out.Cut(before);
  const std::array<LogField, 1> instead = {LogField{"cut_bytes", static_cast<std::int64_t>(size)}};
  LogLine cut = line;
  cut.fields = instead;
  AppendLine(out, cut, identity, kMessageOfCutLine);
}

void AppendConsoleLine(LineText& out, const LogLine& line) {
  LineText text;
  text.Add(SecondsText(line.unix_ns / kSecond).substr(11)).Add('.');
  AppendDigits(text, line.unix_ns % kSecond / 1'000'000, 3);
  text.Add(' ').Add(Name(line.level)).Add(' ').Add(line.message);
  for (const LogField& field : line.fields) {
    if (const auto* error = std::get_if<const Status*>(&field.value)) {
      text.Add(": ").Add((*error)->message());
    }
  }
  for (const LogField& field : line.fields) {
    if (std::holds_alternative<const Status*>(field.value)) continue;
    text.Add(' ').Add(field.name).Add('=').Add(ForPeople(field.value));
  }
  out.Add(ReadableUtf8(CutUtf8(text.view(), kMaxLogLine)));
}

}  // namespace shoal
