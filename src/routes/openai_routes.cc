#include "routes/openai_routes.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "api/precision.h"
#include "json/writer.h"
#include "routes/embed_work.h"
#include "routes/request_body.h"

namespace shoal {
namespace {

// As OpenAI: a text has to say something.
std::optional<Fault> CheckNotEmpty(const EmbedRequest& request) {
  for (std::size_t i = 0; i < request.texts.size(); ++i) {
    if (!request.texts[i].empty()) continue;
    const std::string place = request.texts_are_list ? "input[" + std::to_string(i) + "]" : "input";
    return Fault{
        {.verdict = Verdict::kEmptyInput,
         .message = place + " is an empty string; texts of at least one byte are accepted"},
        "input"};
  }
  return std::nullopt;
}

EmbedReplyForm FormOpenAi(const EmbedReply& reply, const ModelInfo& model, bool is_base64) {
  const std::uint64_t tokens = TokensOf(reply);
  std::string after = "],";
  std::string rest;
  JsonWriter json(rest);
  json.BeginObject().Key("model").String(model.name).Key("usage").BeginObject();
  json.Key("prompt_tokens").UInt(tokens).Key("total_tokens").UInt(tokens);
  json.Key("truncated_inputs").UInt(reply.truncated).EndObject().EndObject();
  after.append(rest, 1);
  return {.layout = {.before = R"({"object":"list","data":[)",
                     .form = is_base64 ? VectorsLayout::Form::kBase64Objects
                                       : VectorsLayout::Form::kFloatObjects,
                     .after = std::move(after)}};
}

std::unique_ptr<HttpWork> Embeddings(RouteCall call, RouteContext& context) {
  auto read = ReadOpenAiEmbeddings(call.request.body, context.limits, context.model);
  if (const auto* const fault = std::get_if<Fault>(&read)) {
    call.Refuse(*fault);
    return nullptr;
  }
  auto& wanted = std::get<OpenAiEmbeddings>(read);
  std::string().swap(call.request.body);
  return StartEmbed(
      std::move(call), std::move(wanted.request), context,
      [&context, is_base64 = wanted.is_base64](const EmbedReply& reply, const EmbedTiming&) {
        return FormOpenAi(reply, context.model, is_base64);
      });
}

void WriteModel(const ModelInfo& model, std::string_view name, JsonWriter& json) {
  json.BeginObject().Key("id").String(name).Key("object").String("model");
  json.Key("created").Int(0).Key("owned_by").String("shoal");
  if (name != model.name) json.Key("root").String(model.name);
  json.Key("dimensions").Int(model.dim).Key("max_input_tokens").Int(model.max_tokens);
  json.Key("precision").String(Name(model.precision)).EndObject();
}

std::unique_ptr<HttpWork> Models(RouteCall call, const RouteContext& context) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("object").String("list").Key("data").BeginArray();
  WriteModel(context.model, context.model.name, json);
  for (const std::string& alias : context.names.aliases()) {
    WriteModel(context.model, alias, json);
  }
  json.EndArray().EndObject();
  call.AnswerJson(std::move(body));
  return nullptr;
}

std::unique_ptr<HttpWork> Model(RouteCall call, const RouteContext& context) {
  if (const auto refusal = context.names.Check(call.name)) {
    call.Refuse({*refusal});
    return nullptr;
  }
  std::string body;
  JsonWriter json(body);
  WriteModel(context.model, call.name, json);
  call.AnswerJson(std::move(body));
  return nullptr;
}

}  // namespace

std::variant<OpenAiEmbeddings, Fault> ReadOpenAiEmbeddings(std::string_view body,
                                                           const Limits& limits,
                                                           const ModelInfo& model) {
  OpenAiEmbeddings wanted;
  EmbedRequest& request = wanted.request;
  request.texts_name = "input";
  std::string encoding;
  std::optional<std::int64_t> dimensions;
  bool has_input = false;
  RequestBody reader("input", limits);
  auto fault = reader.Read(body, [&](std::string_view name, JsonItem& item) {
    if (name == "input") {
      has_input = true;
      return reader.ReadTexts(item, request.texts, request.texts_are_list);
    }
    if (name == "model") return reader.ReadWord(item, name, request.model);
    if (name == "encoding_format") return reader.ReadWord(item, name, encoding);
    if (name == "dimensions") return reader.ReadNumber(item, dimensions);
    if (name == "truncate") return reader.ReadFlag(item, request.truncate);
    if (name == "prompt_name") return reader.ReadWord(item, name, request.prompt_name);
    return true;
  });
  if (fault && fault->refusal.verdict == Verdict::kTokenIdsNotSupported) {
    fault->refusal.message +=
        ". In LangChain give OpenAIEmbeddings check_embedding_ctx_length=False";
  }
  if (fault) return *std::move(fault);
  if (!has_input) {
    return Fault{{.verdict = Verdict::kEmptyInput,
                  .message = "the body has no input; a string or an array of strings is accepted"}};
  }
  if (!encoding.empty() && encoding != "float" && encoding != "base64") {
    return Fault{
        {.verdict = Verdict::kInvalidRequest,
         .message = "encoding_format is \"" + encoding + "\"; float and base64 are accepted"},
        "encoding_format"};
  }
  wanted.is_base64 = encoding == "base64";
  if (auto refused = CheckDimensions(dimensions, model)) return *std::move(refused);
  if (auto refused = CheckNotEmpty(request)) return *std::move(refused);
  return wanted;
}

void AddOpenAiRoutes(RouteContext& context, RouteTable& routes) {
  for (const char* const path : {"/v1/embeddings", "/embeddings"}) {
    routes.Add("POST", path,
               [&context](RouteCall call) { return Embeddings(std::move(call), context); });
  }
  routes.Add("GET", "/v1/models",
             [&context](RouteCall call) { return Models(std::move(call), context); });
  routes.Add("GET", "/v1/models/{name}",
             [&context](RouteCall call) { return Model(std::move(call), context); });
}

}  // namespace shoal
