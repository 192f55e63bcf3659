#include "embed/checkpoint.h"

#include <array>
#include <limits>
#include <string_view>

#include "base/file.h"
#include "json/value.h"
#include "json/writer.h"

namespace shoal {
namespace {

constexpr std::size_t kMaxSize = std::size_t{1} << 20;
constexpr std::int64_t kMaxInt = std::numeric_limits<std::int64_t>::max();
constexpr std::array<std::string_view, 3> kFormats = {"auto", "text", "jsonl"};  // of InputFormat

Result<std::uint64_t> GetCount(const JsonValue& object, std::string_view key) {
  ASSIGN_OR_RETURN(const std::int64_t count, object.GetInt(key, 0, kMaxInt));
  return static_cast<std::uint64_t>(count);
}

Result<RunIdentity> ParseIdentity(const JsonValue& run) {
  RunIdentity identity;
  ASSIGN_OR_RETURN(identity.server, run.GetBool("server"));
  ASSIGN_OR_RETURN(identity.version, run.GetString("shoal"));
  ASSIGN_OR_RETURN(identity.model, run.GetString("model"));
  ASSIGN_OR_RETURN(identity.model_digest, run.GetString("model_digest"));
  ASSIGN_OR_RETURN(identity.precision, run.GetString("precision"));
  ASSIGN_OR_RETURN(identity.kernels, run.GetString("kernels"));
  ASSIGN_OR_RETURN(identity.prompt, run.GetString("prompt"));
  ASSIGN_OR_RETURN(identity.special_tokens_as_text, run.GetBool("special_tokens_as_text"));
  return identity;
}

Result<TextMark> ParseMark(const JsonValue& input) {
  TextMark mark;
  ASSIGN_OR_RETURN(mark.texts, GetCount(input, "texts"));
  ASSIGN_OR_RETURN(mark.bytes, GetCount(input, "bytes"));
  ASSIGN_OR_RETURN(mark.sha256, input.GetString("sha256"));
  ASSIGN_OR_RETURN(mark.text_key, input.GetString("text_key"));
  ASSIGN_OR_RETURN(const JsonValue format, input.Get("format"));
  ASSIGN_OR_RETURN(const std::string name, format.AsString());
  for (std::size_t i = 0; i < kFormats.size(); ++i) {
    if (name != kFormats[i]) continue;
    mark.format = static_cast<InputFormat>(i);
    return mark;
  }
  return format.Error("is \"" + name + "\", expected auto, text or jsonl");
}

std::string OnOff(bool value) { return value ? "on" : "off"; }

}  // namespace

std::string CheckpointPath(const std::string& output) { return output + ".partial.json"; }

Status WriteCheckpoint(const std::string& path, const Checkpoint& checkpoint) {
  const RunIdentity& identity = checkpoint.identity;
  const TextMark& input = checkpoint.input;
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("run").BeginObject();
  json.Key("server").Bool(identity.server);
  json.Key("shoal").String(identity.version).Key("model").String(identity.model);
  json.Key("model_digest").String(identity.model_digest);
  json.Key("precision").String(identity.precision).Key("kernels").String(identity.kernels);
  json.Key("prompt").String(identity.prompt);
  json.Key("special_tokens_as_text").Bool(identity.special_tokens_as_text).EndObject();
  json.Key("input").BeginObject().Key("texts").UInt(input.texts).Key("bytes").UInt(input.bytes);
  json.Key("sha256").String(input.sha256);
  json.Key("format").String(kFormats[static_cast<std::size_t>(input.format)]);
  json.Key("text_key").String(input.text_key).EndObject();
  json.Key("truncated").UInt(checkpoint.truncated);
  json.Key("output_bytes").UInt(checkpoint.output_bytes).EndObject();
  return WriteFileAtomically(path, out + "\n");
}

Result<Checkpoint> ReadCheckpoint(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxSize));
  ASSIGN_OR_RETURN(const JsonValue json, ParseJson(text, {.name = path}));
  Checkpoint checkpoint;
  ASSIGN_OR_RETURN(const JsonValue run, json.Get("run"));
  ASSIGN_OR_RETURN(checkpoint.identity, ParseIdentity(run));
  ASSIGN_OR_RETURN(const JsonValue input, json.Get("input"));
  ASSIGN_OR_RETURN(checkpoint.input, ParseMark(input));
  ASSIGN_OR_RETURN(checkpoint.truncated, GetCount(json, "truncated"));
  ASSIGN_OR_RETURN(checkpoint.output_bytes, GetCount(json, "output_bytes"));
  return checkpoint;
}

std::optional<RunDifference> FirstDifference(const RunIdentity& then, const RunIdentity& now,
                                             const std::string& special_tokens_name) {
  const auto who = [](const RunIdentity& run) { return run.server ? "a server" : "this process"; };
  const auto model = [](const RunIdentity& run) {
    return run.model + " (" + run.model_digest.substr(0, 12) + ")";
  };
  const auto known = [](const std::string& name) { return name.empty() ? "unknown" : name; };
  if (then.server != now.server) return RunDifference{"vectors of", who(then), who(now)};
  if (then.model_digest != now.model_digest) {
    return RunDifference{"model", model(then), model(now)};
  }
  if (then.precision != now.precision) {
    return RunDifference{"precision", then.precision, now.precision};
  }
  const bool same_kernels = then.kernels == now.kernels && !then.kernels.empty();
  if (!same_kernels && now.precision != "fp32") {
    return RunDifference{"kernels", known(then.kernels), known(now.kernels)};
  }
  if (then.prompt != now.prompt) {
    return RunDifference{"prompt", '"' + then.prompt + '"', '"' + now.prompt + '"'};
  }
  if (then.special_tokens_as_text != now.special_tokens_as_text) {
    return RunDifference{"setting " + special_tokens_name, OnOff(then.special_tokens_as_text),
                         OnOff(now.special_tokens_as_text)};
  }
  if (then.version != now.version) {
    return RunDifference{"version of shoal", then.version, now.version};
  }
  return std::nullopt;
}

Status CheckSameRun(const RunIdentity& then, const RunIdentity& now,
                    const std::string& special_tokens_name) {
  const auto difference = FirstDifference(then, now, special_tokens_name);
  if (!difference) return {};
  return FailedPreconditionError("the interrupted run had the " + difference->what + " " +
                                 difference->was + ", this one has " + difference->is);
}

}  // namespace shoal
