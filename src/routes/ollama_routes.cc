#include "routes/ollama_routes.h"

#include <cstdint>
#include <utility>

#include "json/writer.h"
#include "routes/call_terms.h"
#include "routes/embed_work.h"
#include "routes/request_body.h"
#include "routes/vector_math.h"

namespace shoal {
namespace {

constexpr std::string_view kLatest = ":latest";
// Nobody knows when the model was made, and clients want to hear it.
constexpr char kSomeTime[] = "1970-01-01T00:00:00Z";

std::string_view WithoutLatest(std::string_view name) {
  if (name.ends_with(kLatest)) name.remove_suffix(kLatest.size());
  return name;
}

std::vector<std::string> AllNames(const ModelNames& names) {
  std::vector<std::string> all = {names.served()};
  all.insert(all.end(), names.aliases().begin(), names.aliases().end());
  all.insert(all.end(), names.ollama_names().begin(), names.ollama_names().end());
  return all;
}

// Ollama says 0, or nothing, for a model's own.
std::optional<Fault> CheckOllamaDimensions(std::optional<std::int64_t> wanted,
                                           const ModelInfo& model) {
  if (wanted.value_or(0) <= 0) return std::nullopt;
  return CheckDimensions(wanted, model);
}

EmbedReplyForm FormEmbed(const EmbedReply& reply, const EmbedTiming& timing,
                         std::string_view model) {
  const std::uint64_t tokens = TokensOf(reply);
  EmbedReplyForm form{.layout = {.form = VectorsLayout::Form::kFloats}};
  JsonWriter(form.layout.before).BeginObject().Key("model").String(model);
  form.layout.before += R"(,"embeddings":[)";
  std::string rest;
  JsonWriter json(rest);
  json.BeginObject().Key("total_duration").Int(timing.total_us * 1000);
  json.Key("load_duration").Int(0).Key("prompt_eval_count").UInt(tokens).EndObject();
  form.layout.after = "]," + rest.substr(1);
  return form;
}

// The model that `request` asks for, as the client calls it; nothing: the call is refused.
std::optional<std::string> TakeModel(RouteCall& call, EmbedRequest& request,
                                     const RouteContext& context) {
  if (auto refusal = CheckOllamaModel(request.model, context.names)) {
    call.Refuse({*std::move(refusal)});
    return std::nullopt;
  }
  std::string asked = std::exchange(request.model, "");
  if (asked.empty()) return context.names.served();
  return asked;
}

// To a request without texts, whose headers count all the same.
void AnswerNothing(RouteCall& call, const RouteContext& context, std::string body) {
  const auto terms = ReadCallTerms(call.request, context.clock.Now());
  if (const auto* const refusal = std::get_if<Refusal>(&terms)) return call.Refuse({*refusal});
  call.AnswerJson(std::move(body));
  call.Tell(Verdict::kOk, "");
}

std::unique_ptr<HttpWork> Embed(RouteCall call, RouteContext& context) {
  auto read = ReadOllamaEmbed(call.request.body, context.limits, context.model);
  if (const auto* const fault = std::get_if<Fault>(&read)) {
    call.Refuse(*fault);
    return nullptr;
  }
  auto& request = std::get<EmbedRequest>(read);
  const auto model = TakeModel(call, request, context);
  if (!model) return nullptr;
  if (request.texts.empty()) {
    std::string body;
    JsonWriter json(body);
    json.BeginObject().Key("model").String(*model).Key("embeddings").BeginArray().EndArray();
    json.EndObject();
    AnswerNothing(call, context, std::move(body));
    return nullptr;
  }
  std::string().swap(call.request.body);
  return StartEmbed(std::move(call), std::move(request), context,
                    [scale = !context.model.normalized, model = *model](EmbedReply& reply,
                                                                        const EmbedTiming& timing) {
                      if (scale) MakeUnitLength(reply.vectors, reply.dim);
                      return FormEmbed(reply, timing, model);
                    });
}

std::unique_ptr<HttpWork> Embeddings(RouteCall call, RouteContext& context) {
  auto read = ReadOllamaEmbeddings(call.request.body, context.limits);
  if (const auto* const fault = std::get_if<Fault>(&read)) {
    call.Refuse(*fault);
    return nullptr;
  }
  auto& request = std::get<EmbedRequest>(read);
  if (!TakeModel(call, request, context)) return nullptr;
  if (request.texts.empty()) {
    AnswerNothing(call, context, R"({"embedding":[]})");
    return nullptr;
  }
  std::string().swap(call.request.body);
  return StartEmbed(std::move(call), std::move(request), context,
                    [](const EmbedReply&, const EmbedTiming&) -> EmbedReplyForm {
                      return {.layout = {.before = R"({"embedding":)",
                                         .form = VectorsLayout::Form::kFloats,
                                         .after = "}"}};
                    });
}

std::string_view LevelOf(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
      return "F32";
    case Precision::kBf16:
      return "BF16";
    case Precision::kInt8:
      return "I8";
  }
  return "";
}

void WriteDetails(const ModelInfo& model, JsonWriter& json) {
  json.Key("details").BeginObject().Key("parent_model").String("");
  json.Key("format").String("safetensors").Key("family").String("bert");
  json.Key("families").BeginArray().String("bert").EndArray();
  json.Key("parameter_size").String("").Key("quantization_level").String(LevelOf(model.precision));
  json.EndObject();
}

// The model under each of its names. `loaded`: as /api/ps has it, not as /api/tags.
std::unique_ptr<HttpWork> Models(RouteCall call, const RouteContext& context, bool loaded) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("models").BeginArray();
  for (const std::string& name : AllNames(context.names)) {
    json.BeginObject().Key("name").String(name).Key("model").String(name);
    if (!loaded) json.Key("modified_at").String(kSomeTime);
    json.Key("size").Int(0).Key("digest").String(context.model.digest);
    WriteDetails(context.model, json);
    if (loaded) json.Key("size_vram").Int(0).Key("context_length").Int(context.model.max_tokens);
    json.EndObject();
  }
  json.EndArray().EndObject();
  call.AnswerJson(std::move(body));
  return nullptr;
}

std::unique_ptr<HttpWork> Show(RouteCall call, const RouteContext& context) {
  std::string model;
  std::string name;
  RequestBody reader("model", context.limits);
  const auto fault = reader.Read(call.request.body, [&](std::string_view field, JsonItem& item) {
    if (field == "model") return reader.ReadWord(item, field, model);
    if (field == "name") return reader.ReadWord(item, field, name);
    return true;
  });
  if (fault) {
    call.Refuse(*fault);
    return nullptr;
  }
  if (const auto refusal = CheckOllamaModel(model.empty() ? name : model, context.names)) {
    call.Refuse({*refusal});
    return nullptr;
  }
  std::string body;
  JsonWriter json(body);
  json.BeginObject();
  WriteDetails(context.model, json);
  json.Key("model_info").BeginObject().Key("general.architecture").String("bert");
  json.Key("bert.context_length").Int(context.model.max_tokens);
  json.Key("bert.embedding_length").Int(context.model.dim).EndObject();
  json.Key("capabilities").BeginArray().String("embedding").EndArray();
  json.Key("modified_at").String(kSomeTime).EndObject();
  call.AnswerJson(std::move(body));
  return nullptr;
}

std::unique_ptr<HttpWork> Version(RouteCall call, const RouteContext& context) {
  std::string body;
  JsonWriter(body).BeginObject().Key("version").String(context.version).EndObject();
  call.AnswerJson(std::move(body));
  return nullptr;
}

void AddAbsentRoutes(RouteTable& routes) {
  for (const char* const path : {"/api/generate", "/api/chat", "/api/pull", "/api/push",
                                 "/api/create", "/api/copy", "/api/delete"}) {
    routes.AddAbsent(path,
                     "this server makes vectors with the one model that it has, for which it has "
                     "POST /api/embed, POST /api/embeddings, POST /api/show and GET /api/tags");
  }
}

}  // namespace

std::variant<EmbedRequest, Fault> ReadOllamaEmbed(std::string_view body, const Limits& limits,
                                                  const ModelInfo& model) {
  EmbedRequest request{.texts_name = "input"};
  std::optional<std::int64_t> dimensions;
  RequestBody reader("input", limits);
  auto fault = reader.Read(body, [&](std::string_view name, JsonItem& item) {
    if (name == "model") return reader.ReadWord(item, name, request.model);
    if (name == "truncate") return reader.ReadFlag(item, request.truncate);
    if (name == "dimensions") return reader.ReadNumber(item, dimensions);
    if (name != "input" || item.type() == JsonItem::Type::kNull) return true;
    return reader.ReadTexts(item, request.texts, request.texts_are_list, true);
  });
  if (fault) return *std::move(fault);
  if (auto refused = CheckOllamaDimensions(dimensions, model)) return *std::move(refused);
  if (!request.texts_are_list && request.texts.front().empty()) request.texts.clear();
  return request;
}

std::variant<EmbedRequest, Fault> ReadOllamaEmbeddings(std::string_view body,
                                                       const Limits& limits) {
  EmbedRequest request{.texts_name = "prompt", .texts_are_list = false};
  std::string prompt;
  RequestBody reader("prompt", limits);
  auto fault = reader.Read(body, [&](std::string_view name, JsonItem& item) {
    if (name == "model") return reader.ReadWord(item, name, request.model);
    if (name != "prompt" || item.type() == JsonItem::Type::kNull) return true;
    return reader.ReadText(item, name, prompt);
  });
  if (fault) return *std::move(fault);
  if (!prompt.empty()) request.texts.push_back(std::move(prompt));
  return request;
}

std::optional<Refusal> CheckOllamaModel(std::string_view asked, const ModelNames& names) {
  if (asked.empty() || names.Has(asked) || names.Has(WithoutLatest(asked))) return std::nullopt;
  std::string message = "model '" + std::string(asked) + "' not found; served here:";
  for (const std::string& name : AllNames(names)) {
    message += (message.ends_with(':') ? " '" : ", '") + name + "'";
  }
  message += ". The server's --model-alias gives it more names";
  return Refusal{.verdict = Verdict::kModelNotFound, .message = std::move(message)};
}

void AddOllamaRoutes(RouteContext& context, RouteTable& routes) {
  routes.Add("POST", "/api/embed",
             [&context](RouteCall call) { return Embed(std::move(call), context); });
  routes.Add("POST", "/api/embeddings",
             [&context](RouteCall call) { return Embeddings(std::move(call), context); });
  routes.Add("POST", "/api/show",
             [&context](RouteCall call) { return Show(std::move(call), context); });
  routes.Add("GET", "/api/tags",
             [&context](RouteCall call) { return Models(std::move(call), context, false); });
  routes.Add("GET", "/api/ps",
             [&context](RouteCall call) { return Models(std::move(call), context, true); });
  routes.Add("GET", "/api/version",
             [&context](RouteCall call) { return Version(std::move(call), context); });
  AddAbsentRoutes(routes);
}

}  // namespace shoal
