#include "tracing/trace_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "base/percent.h"

namespace shoal {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kMostMilliseconds = 3'600'000;
constexpr std::int64_t kMostSpans = 1'000'000;
constexpr std::string_view kPath = "/v1/traces";

// A variable that is set, and what to.
struct Variable {
  std::string name;
  std::string value;

  Status Wrong(std::string_view accepted) const {
    return InvalidArgumentError(name + " is '" + value + "'; " + std::string(accepted));
  }
};

class Variables {
 public:
  explicit Variables(const GetVariable& get) : get_(get) {}

  // The first of `names` that is set; one that is empty is not.
  std::optional<Variable> Find(std::initializer_list<const char*> names) const {
    for (const char* const name : names) {
      const char* const value = get_(name);
      if (value != nullptr && *value != '\0') return Variable{.name = name, .value = value};
    }
    return std::nullopt;
  }

 private:
  const GetVariable& get_;
};

std::string_view Trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Result<std::int64_t> Number(const std::optional<Variable>& variable, std::int64_t otherwise,
                            std::int64_t most) {
  if (!variable) return otherwise;
  std::int64_t number = 0;
  const std::string& text = variable->value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= 1 && number <= most) {
    return number;
  }
  return variable->Wrong("1 to " + std::to_string(most) + " is accepted");
}

Result<milliseconds> Time(const std::optional<Variable>& variable, milliseconds otherwise) {
  ASSIGN_OR_RETURN(const std::int64_t ms, Number(variable, otherwise.count(), kMostMilliseconds));
  return milliseconds(ms);
}

// "name=value,other=value", values percent-encoded.
Result<ResourceFields> Pairs(const std::optional<Variable>& variable) {
  ResourceFields pairs;
  if (!variable) return pairs;
  std::string_view rest = variable->value;
  while (!rest.empty()) {
    const std::string_view entry = Trimmed(rest.substr(0, rest.find(',')));
    rest.remove_prefix(std::min(
        rest.size(), rest.find(',') == std::string_view::npos ? rest.size() : rest.find(',') + 1));
    if (entry.empty()) continue;
    const std::size_t equals = entry.find('=');
    const std::string_view name = Trimmed(entry.substr(0, equals));
    if (equals == std::string_view::npos || name.empty()) {
      // The entry may be a secret.
      return InvalidArgumentError(variable->name +
                                  " has an entry without a name or '='; name=value,name=value is "
                                  "accepted");
    }
    pairs.emplace_back(PercentDecoded(name), PercentDecoded(Trimmed(entry.substr(equals + 1))));
  }
  return pairs;
}

// What the client of HTTP says itself.
bool IsOurs(std::string_view name) {
  constexpr std::array<std::string_view, 5> kOurs = {"host", "content-length", "content-type",
                                                     "transfer-encoding", "user-agent"};
  const std::string lower = AsciiLower(name);
  return std::ranges::find(kOurs, lower) != kOurs.end();
}

bool IsToken(std::string_view name) {
  return std::ranges::all_of(name, [](char c) {
    return c > ' ' && c < '\x7F' &&
           std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
  });
}

Result<std::vector<HttpField>> Headers(const std::optional<Variable>& variable) {
  ASSIGN_OR_RETURN(const ResourceFields pairs, Pairs(variable));
  std::vector<HttpField> headers;
  for (const auto& [name, value] : pairs) {
    const bool is_text =
        std::ranges::all_of(value, [](char c) { return c == '\t' || (c >= ' ' && c != '\x7F'); });
    if (!IsToken(name) || IsOurs(name) || !is_text) {
      return InvalidArgumentError(variable->name + " has '" + name +
                                  "', which cannot stand in a header of a request with spans");
    }
    headers.push_back({name, value});
  }
  return headers;
}

Result<Url> Endpoint(const Variables& variables, const Variable& variable) {
  Result<Url> url = ParseUrl(variable.value);
  const auto is_plain = [](char c) { return c > ' ' && c < '\x7F'; };
  if (!url.ok() || !std::ranges::all_of(url->target, is_plain)) {
    return variable.Wrong("http://HOST:PORT is accepted");
  }
  if (url->tls) {
    return variable.Wrong(
        "TLS is not spoken to collectors yet: name one by http://, as one on this machine that "
        "passes spans on");
  }
  if (variables.Find({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"})) return url;
  while (url->target.ends_with('/')) url->target.pop_back();
  url->target += kPath;
  return url;
}

Result<TraceSampler> Sampler(const std::optional<Variable>& variable,
                             const std::optional<Variable>& argument) {
  using Choice = TraceSampler::Choice;
  constexpr std::array<std::pair<std::string_view, Choice>, 3> kChoices = {
      {{"always_on", Choice::kAll},
       {"always_off", Choice::kNone},
       {"traceidratio", Choice::kRatio}}};
  constexpr std::string_view kParentBased = "parentbased_";
  TraceSampler sampler;
  if (!variable) return sampler;
  std::string_view name = variable->value;
  sampler.is_parent_based = name.starts_with(kParentBased);
  if (sampler.is_parent_based) name.remove_prefix(kParentBased.size());
  const auto* const choice =
      std::ranges::find(kChoices, name, &std::pair<std::string_view, Choice>::first);
  if (choice == kChoices.end()) {
    return variable->Wrong(
        "always_on, always_off, traceidratio and each behind parentbased_ are accepted");
  }
  sampler.choice = choice->second;
  if (sampler.choice != Choice::kRatio || !argument) return sampler;
  const std::string& text = argument->value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), sampler.ratio);
  const bool is_ratio = error == std::errc() && end == text.data() + text.size() &&
                        sampler.ratio >= 0 && sampler.ratio <= 1;
  return is_ratio ? Result<TraceSampler>(sampler) : argument->Wrong("0 to 1 is accepted");
}

// The service's name first, which has a variable of its own.
Result<ResourceFields> Resource(const Variables& variables) {
  ASSIGN_OR_RETURN(ResourceFields given, Pairs(variables.Find({"OTEL_RESOURCE_ATTRIBUTES"})));
  std::string service = "shoal";
  std::erase_if(given, [&](const auto& field) {
    if (field.first != "service.name") return false;
    service = field.second;
    return true;
  });
  if (const auto name = variables.Find({"OTEL_SERVICE_NAME"})) service = name->value;
  given.insert(given.begin(), {"service.name", service});
  return given;
}

Status CheckNames(const Variables& variables) {
  const auto exporter = variables.Find({"OTEL_TRACES_EXPORTER"});
  if (exporter && exporter->value != "otlp") return exporter->Wrong("otlp and none are accepted");
  const auto protocol =
      variables.Find({"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"});
  if (protocol && protocol->value != "http/json") {
    return protocol->Wrong(
        "http/json is accepted: say OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/json and name the "
        "port of OTLP over HTTP, usually 4318");
  }
  return {};
}

bool IsTurnedOff(const Variables& variables) {
  const auto disabled = variables.Find({"OTEL_SDK_DISABLED"});
  const auto exporter = variables.Find({"OTEL_TRACES_EXPORTER"});
  return (disabled && AsciiLower(disabled->value) == "true") ||
         (exporter && exporter->value == "none");
}

}  // namespace

Result<std::optional<TraceOptions>> ReadTraceOptions(const GetVariable& get) {
  const Variables variables(get);
  const auto endpoint =
      variables.Find({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"});
  if (!endpoint || IsTurnedOff(variables)) return std::optional<TraceOptions>();
  RETURN_IF_ERROR(CheckNames(variables));
  TraceOptions options;
  ASSIGN_OR_RETURN(options.endpoint, Endpoint(variables, *endpoint));
  ASSIGN_OR_RETURN(
      options.headers,
      Headers(variables.Find({"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"})));
  ASSIGN_OR_RETURN(
      options.timeout,
      Time(variables.Find({"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"}),
           options.timeout));
  ASSIGN_OR_RETURN(options.resource, Resource(variables));
  ASSIGN_OR_RETURN(options.sampler, Sampler(variables.Find({"OTEL_TRACES_SAMPLER"}),
                                            variables.Find({"OTEL_TRACES_SAMPLER_ARG"})));
  ASSIGN_OR_RETURN(options.delay, Time(variables.Find({"OTEL_BSP_SCHEDULE_DELAY"}), options.delay));
  const auto spans = [&](const char* name, std::size_t otherwise) {
    return Number(variables.Find({name}), static_cast<std::int64_t>(otherwise), kMostSpans);
  };
  ASSIGN_OR_RETURN(const std::int64_t queue, spans("OTEL_BSP_MAX_QUEUE_SIZE", options.max_queue));
  ASSIGN_OR_RETURN(const std::int64_t batch,
                   spans("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", options.max_batch));
  options.max_queue = static_cast<std::size_t>(queue);
  options.max_batch = static_cast<std::size_t>(std::min(queue, batch));
  return std::optional<TraceOptions>(std::move(options));
}

}  // namespace shoal
