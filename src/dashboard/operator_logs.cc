#include "dashboard/operator_logs.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/percent.h"

namespace shoal {
namespace {

constexpr std::uint64_t kMostLines = 1000;

OperatorError Wrong(std::string_view name, std::string_view value, std::string_view accepted) {
  return {.status = 400,
          .code = "invalid_request",
          .message = std::string(name) + " is \"" + std::string(value) + "\"; " +
                     std::string(accepted) + " accepted",
          .param = std::string(name)};
}

std::optional<std::uint64_t> NumberIn(std::string_view text) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

// One parameter into `to`.
std::optional<OperatorError> Take(const std::string& name, std::string value,
                                  OperatorLogQuery& to) {
  if (name == "after") {
    const auto number = NumberIn(value);
    if (!number) return Wrong(name, value, "the id of a line is");
    to.after = *number;
  } else if (name == "limit") {
    const auto number = NumberIn(value);
    if (!number || *number < 1 || *number > kMostLines) {
      return Wrong(name, value, "1 to " + std::to_string(kMostLines) + " are");
    }
    to.limit = static_cast<std::size_t>(*number);
  } else if (name == "level") {
    if (!IsLogLevel(value)) return Wrong(name, value, "debug, info, warn and error are");
    to.level = std::move(value);
  } else if (name == "request_id") {
    to.request_id = std::move(value);
  } else if (name == "worker_id") {
    to.worker_id = std::move(value);
  } else {
    return OperatorError{
        .status = 400,
        .code = "invalid_request",
        .message = "found the parameter \"" + name +
                   "\"; after, limit, level, request_id and worker_id are accepted",
        .param = name};
  }
  return std::nullopt;
}

}  // namespace

bool IsLogLevel(std::string_view word) {
  constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warn", "error"};
  return std::find(kLevels.begin(), kLevels.end(), word) != kLevels.end();
}

std::variant<OperatorLogQuery, OperatorError> ReadLogQuery(std::string_view query) {
  OperatorLogQuery read;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.empty()) continue;
    const std::size_t equals = std::min(part.find('='), part.size());
    const std::string_view value = part.substr(std::min(part.size(), equals + 1));
    if (auto error = Take(PercentDecoded(part.substr(0, equals)), PercentDecoded(value), read)) {
      return *std::move(error);
    }
  }
  return read;
}

std::string JsonOf(const OperatorLogPage& page) {
  std::string json = R"({"lines":[)";
  for (const OperatorLogLine& line : page.lines) {
    if (!json.ends_with('[')) json.push_back(',');
    json += R"({"id":)" + std::to_string(line.id) + R"(,"line":)" + line.json + "}";
  }
  json += R"(],"next":)" + std::to_string(page.next);
  json += R"(,"oldest":)" + std::to_string(page.oldest);
  return json + R"(,"newest":)" + std::to_string(page.newest) + "}";
}

}  // namespace shoal
