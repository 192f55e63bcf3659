#include "cli/support_answers.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "json/value.h"
#include "json/writer.h"

namespace shoal {
namespace {

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();
constexpr int kMostPages = 100;  // a server keeps 10,000 lines

struct Route {
  std::string_view file;
  std::string_view target;
};
constexpr std::string_view kSnapshot = "snapshot.json";
constexpr std::array kRoutes = {
    Route{kSnapshot, "/api/v1/snapshot"},     Route{"history.json", "/api/v1/history"},
    Route{"workers.json", "/api/v1/workers"}, Route{"slow_requests.json", "/api/v1/requests/slow"},
    Route{"targets.json", "/api/v1/targets"}, Route{"config.json", "/api/v1/config"}};

void Append(const JsonValue& value, JsonWriter& json) {
  switch (value.type()) {
    case JsonValue::Type::kNull:
      json.Null();
      return;
    case JsonValue::Type::kBool:
      json.Bool(*value.AsBool());
      return;
    case JsonValue::Type::kInteger: {
      const Result<std::int64_t> integer =
          value.AsInt(std::numeric_limits<std::int64_t>::min(), kNoLimit);
      integer.ok() ? json.Int(*integer) : json.Double(*value.AsDouble());
      return;
    }
    case JsonValue::Type::kNumber:
      json.Double(*value.AsDouble());
      return;
    case JsonValue::Type::kString:
      json.String(*value.AsString());
      return;
    case JsonValue::Type::kArray: {
      const Result<std::vector<JsonValue>> elements = value.Elements();
      json.BeginArray();
      for (const JsonValue& element : *elements) Append(element, json);
      json.EndArray();
      return;
    }
    case JsonValue::Type::kObject: {
      const Result<std::vector<JsonMember>> members = value.Members();
      json.BeginObject();
      for (const JsonMember& member : *members) {
        json.Key(member.key);
        Append(member.value, json);
      }
      json.EndObject();
    }
  }
}

struct LogPage {
  std::string lines;
  std::int64_t next = 0;
  std::int64_t newest = 0;
};

Result<LogPage> ReadPage(std::string_view text) {
  ASSIGN_OR_RETURN(const JsonValue root, ParseJson(text, {.name = "the answer"}));
  LogPage page;
  ASSIGN_OR_RETURN(page.next, root.GetInt("next", 0, kNoLimit));
  ASSIGN_OR_RETURN(page.newest, root.GetInt("newest", 0, kNoLimit));
  ASSIGN_OR_RETURN(const JsonValue lines, root.Get("lines"));
  ASSIGN_OR_RETURN(const std::vector<JsonValue> entries, lines.Elements());
  for (const JsonValue& entry : entries) {
    ASSIGN_OR_RETURN(const JsonValue line, entry.Get("line"));
    JsonWriter json(page.lines);
    Append(line, json);
    page.lines += '\n';
  }
  return page;
}

// Up to the line that was the newest when the first page came: a server may log faster than it is
// asked. `lines` has what came, also where the rest cannot be had.
Status ReadLog(const AskServer& ask, std::string& lines) {
  std::int64_t after = 0;
  std::optional<std::int64_t> last;
  for (int count = 0; count < kMostPages; ++count) {
    ASSIGN_OR_RETURN(const std::string text,
                     ask("/api/v1/logs?limit=1000&after=" + std::to_string(after)));
    ASSIGN_OR_RETURN(const LogPage page, ReadPage(text));
    lines += page.lines;
    if (!last) last = page.newest;
    if (page.lines.empty() || page.next <= after || page.next >= *last) return {};
    after = page.next;
  }
  return {};
}

Result<std::string> AskForJson(const AskServer& ask, std::string_view target) {
  ASSIGN_OR_RETURN(std::string text, ask(std::string(target)));
  RETURN_IF_ERROR(ParseJson(text, {.name = "the answer"}).status());
  return text + "\n";
}

// Another program's port may serve metrics at the same path.
Result<std::string> AskForMetrics(const AskServer& ask) {
  ASSIGN_OR_RETURN(std::string text, ask("/metrics"));
  if (text.find("shoal_") != text.npos) return text;
  return InvalidArgumentError("the answer has no metric of Shoal");
}

class Collection {
 public:
  void Add(std::string_view file, std::string_view target, const Result<std::string>& content) {
    Note(file, target, content.status());
    if (content.ok()) answers_.files.push_back({std::string(file), *content});
  }
  // What is there is kept.
  void Add(std::string_view file, std::string_view target, std::string content,
           const Status& status) {
    Note(file, target, status);
    if (status.ok() || !content.empty()) {
      answers_.files.push_back({std::string(file), std::move(content)});
    }
  }
  SupportAnswers Take() { return std::move(answers_); }

 private:
  void Note(std::string_view file, std::string_view target, const Status& status) {
    answers_.reached |=
        status.code() != StatusCode::kUnavailable && status.code() != StatusCode::kDeadlineExceeded;
    if (status.ok()) return;
    std::string line =
        std::string(file) + ": GET " + std::string(target) + ": " + std::string(status.message());
    std::ranges::replace(line, '\n', ' ');
    answers_.errors.push_back(std::move(line));
  }

  SupportAnswers answers_;
};

}  // namespace

SupportAnswers AskForSupport(const AskServer& ask) {
  Collection collection;
  for (const Route& route : kRoutes) {
    collection.Add(route.file, route.target, AskForJson(ask, route.target));
  }
  collection.Add("metrics.txt", "/metrics", AskForMetrics(ask));
  std::string lines;
  const Status status = ReadLog(ask, lines);
  collection.Add("logs.jsonl", "/api/v1/logs", std::move(lines), status);
  return collection.Take();
}

std::string ServerVersionLines(const SupportAnswers& answers) {
  const auto snapshot =
      std::ranges::find_if(answers.files, [](const auto& file) { return file.name == kSnapshot; });
  std::optional<JsonValue> root;
  if (snapshot != answers.files.end()) {
    Result<JsonValue> parsed = ParseJson(snapshot->content, {.name = snapshot->name});
    if (parsed.ok()) root = *std::move(parsed);
  }
  std::string text;
  for (const char* const key : {"version", "revision", "coordinator_id"}) {
    const Result<std::string> value =
        root ? root->GetString(key) : Result<std::string>(NotFoundError("no snapshot"));
    text += std::string(key) + ": " + (value.ok() ? *value : "unknown") + "\n";
  }
  return text;
}

}  // namespace shoal
