#include "routes/tei_routes.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "json/writer.h"
#include "routes/embed_work.h"
#include "routes/probe_routes.h"
#include "routes/request_body.h"
#include "routes/vector_math.h"

namespace shoal {
namespace {

constexpr std::string_view kSource = "inputs.source_sentence";
constexpr std::string_view kSentences = "inputs.sentences";

// The fields that several of TEI's requests have in common.
struct Cut {
  std::optional<bool> truncate;
  std::string direction;

  bool Read(RequestBody& reader, std::string_view name, JsonItem& item, EmbedRequest& request) {
    if (name == "truncate") return reader.ReadFlag(item, truncate);
    if (name == "truncation_direction") return reader.ReadWord(item, name, direction);
    if (name == "prompt_name") return reader.ReadWord(item, name, request.prompt_name);
    return true;
  }

  std::optional<Fault> Apply(bool auto_truncate, EmbedRequest& request) const {
    request.truncate = truncate.value_or(auto_truncate);
    const std::string side = AsciiLower(direction);
    request.truncate_left = side == "left";
    if (side.empty() || side == "left" || side == "right") return std::nullopt;
    return Fault{
        {.verdict = Verdict::kInvalidRequest,
         .message = "truncation_direction is \"" + direction + "\"; Right and Left are accepted"}};
  }
};

Fault Missing(std::string_view what, std::string_view accepted) {
  return {{.verdict = Verdict::kInvalidRequest,
           .message = "the body has no " + std::string(what) + "; " + std::string(accepted) +
                      " is accepted"}};
}

// Unicode's, not bytes.
std::size_t CharactersOf(const std::vector<std::string>& texts) {
  std::size_t characters = 0;
  for (const std::string& text : texts) {
    characters += static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
  }
  return characters;
}

std::unique_ptr<HttpWork> Embed(RouteCall call, RouteContext& context) {
  auto read = ReadTeiEmbed(call.request.body, context.limits, context.model, context.auto_truncate);
  if (const auto* const fault = std::get_if<Fault>(&read)) {
    call.Refuse(*fault);
    return nullptr;
  }
  std::string().swap(call.request.body);
  auto& wanted = std::get<TeiEmbed>(read);
  const bool scale = wanted.normalize && !context.model.normalized;
  const std::size_t characters = CharactersOf(wanted.request.texts);
  return StartEmbed(
      std::move(call), std::move(wanted.request), context,
      [scale, characters](EmbedReply& reply, const EmbedTiming& timing) -> EmbedReplyForm {
        if (scale) MakeUnitLength(reply.vectors, reply.dim);
        return {.layout = {.before = "[", .form = VectorsLayout::Form::kFloats, .after = "]"},
                .headers = TeiHeaders(reply, timing, characters)};
      });
}

EmbedReplyForm FormSimilarity(const EmbedReply& reply, const EmbedTiming& timing,
                              std::size_t characters) {
  std::string body;
  JsonWriter(body).Floats(CosinesToLast(reply.vectors, reply.dim));
  return {.layout = {.before = std::move(body)}, .headers = TeiHeaders(reply, timing, characters)};
}

std::unique_ptr<HttpWork> Similarity(RouteCall call, RouteContext& context) {
  auto read = ReadTeiSimilarity(call.request.body, context.limits, context.auto_truncate);
  if (const auto* const fault = std::get_if<Fault>(&read)) {
    call.Refuse(*fault);
    return nullptr;
  }
  std::string().swap(call.request.body);
  auto& request = std::get<EmbedRequest>(read);
  const std::size_t characters = CharactersOf(request.texts);
  const std::string source_place =
      std::string(kSentences) + "[" + std::to_string(request.texts.size() - 1) + "]";
  return StartEmbed(
      std::move(call), std::move(request), context,
      [characters](const EmbedReply& reply, const EmbedTiming& timing) {
        return FormSimilarity(reply, timing, characters);
      },
      [source_place](Refusal& refusal) {
        if (!refusal.message.starts_with(source_place)) return;
        refusal.message.replace(0, source_place.size(), kSource);
      });
}

std::string_view DtypeOf(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
      return "float32";
    case Precision::kBf16:
      return "bfloat16";
    case Precision::kInt8:
      return "int8";
  }
  return "";
}

// A batch is not made per request here: what TEI's clients read from its limits is how much one
// request may hold.
std::unique_ptr<HttpWork> Info(RouteCall call, const RouteContext& context) {
  const ModelInfo& model = context.model;
  const auto count = [](std::size_t value) { return static_cast<std::uint64_t>(value); };
  const auto most_tokens = static_cast<std::uint64_t>(model.max_tokens) * context.limits.max_texts;
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("model_id").String(model.name).Key("model_sha").Null();
  json.Key("model_dtype").String(DtypeOf(model.precision));
  json.Key("served_model_name").String(model.name).Key("model_type").BeginObject();
  json.Key("embedding").BeginObject().Key("pooling").String(model.pooling).EndObject().EndObject();
  json.Key("max_concurrent_requests").UInt(count(context.limits.max_connections));
  json.Key("max_input_length").Int(model.max_tokens);
  json.Key("max_batch_tokens").UInt(most_tokens).Key("max_batch_requests").Null();
  json.Key("max_client_batch_size").UInt(count(context.limits.max_texts));
  json.Key("auto_truncate").Bool(context.auto_truncate).Key("tokenization_workers").Int(1);
  json.Key("version").String(context.version).Key("sha").Null().Key("docker_label").Null();
  json.EndObject();
  call.AnswerJson(std::move(body));
  return nullptr;
}

std::unique_ptr<HttpWork> Health(RouteCall call, bool is_ready) {
  if (is_ready) {
    call.Answer({.headers = {{"Cache-Control", "no-store"}}});
  } else {
    call.Refuse({NotReady()});
  }
  return nullptr;
}

void AddAbsentRoutes(RouteTable& routes) {
  for (const char* const path : {"/rerank", "/predict", "/embed_sparse", "/embed_all", "/decode"}) {
    routes.AddAbsent(path,
                     "this server makes one vector per text and nothing else, for which it has "
                     "POST /embed, POST /similarity, POST /tokenize, GET /info and GET /health");
  }
}

}  // namespace

std::variant<TeiEmbed, Fault> ReadTeiEmbed(std::string_view body, const Limits& limits,
                                           const ModelInfo& model, bool auto_truncate) {
  TeiEmbed wanted;
  EmbedRequest& request = wanted.request;
  request.texts_name = "inputs";
  Cut cut;
  std::optional<std::int64_t> dimensions;
  bool has_inputs = false;
  RequestBody reader("inputs", limits);
  auto fault = reader.Read(body, [&](std::string_view name, JsonItem& item) {
    if (name == "inputs") {
      has_inputs = true;
      return reader.ReadTexts(item, request.texts, request.texts_are_list);
    }
    if (name == "normalize") return reader.ReadFlag(item, wanted.normalize);
    if (name == "dimensions") return reader.ReadNumber(item, dimensions);
    return cut.Read(reader, name, item, request);
  });
  if (fault) return *std::move(fault);
  if (!has_inputs) return Missing("inputs", "a string or an array of strings");
  if (auto refused = CheckDimensions(dimensions, model)) return *std::move(refused);
  if (auto refused = cut.Apply(auto_truncate, request)) return *std::move(refused);
  return wanted;
}

std::variant<EmbedRequest, Fault> ReadTeiSimilarity(std::string_view body, const Limits& limits,
                                                    bool auto_truncate) {
  EmbedRequest request{.texts_name = kSentences};
  Cut cut;
  std::optional<std::string> source;
  bool has_sentences = false;
  Limits beside_source = limits;
  beside_source.max_texts -= beside_source.max_texts > 0 ? 1 : 0;
  RequestBody reader(kSentences, beside_source);
  const auto read_inputs = [&](std::string_view name, JsonItem& item) {
    if (name == "source_sentence") return reader.ReadText(item, kSource, source.emplace());
    if (name != "sentences") return true;
    has_sentences = true;
    if (item.type() != JsonItem::Type::kArray) return item.WrongType("an array of strings");
    return reader.ReadTexts(item, request.texts, request.texts_are_list);
  };
  auto fault = reader.Read(body, [&](std::string_view name, JsonItem& item) {
    if (name == "inputs") return item.ReadMembers(read_inputs);
    if (name != "parameters" || item.type() == JsonItem::Type::kNull) return true;
    return item.ReadMembers([&](std::string_view parameter, JsonItem& value) {
      return cut.Read(reader, parameter, value, request);
    });
  });
  if (fault) return *std::move(fault);
  if (!source) return Missing(kSource, "a string");
  if (!has_sentences) return Missing(kSentences, "an array of strings");
  if (auto refused = cut.Apply(auto_truncate, request)) return *std::move(refused);
  request.texts.push_back(*std::move(source));
  return request;
}

std::vector<HttpField> TeiHeaders(const EmbedReply& reply, const EmbedTiming& timing,
                                  std::size_t characters) {
  const std::uint64_t tokens = TokensOf(reply);
  const auto ms = [](std::int64_t us) { return std::to_string(us / 1000); };
  return {{"x-compute-type", "cpu"},
          {"x-compute-time", ms(timing.total_us)},
          {"x-compute-characters", std::to_string(characters)},
          {"x-compute-tokens", std::to_string(tokens)},
          {"x-total-time", ms(timing.total_us)},
          {"x-queue-time", ms(timing.queue_us)},
          {"x-inference-time", ms(timing.compute_us)}};
}

void AddTeiRoutes(RouteContext& context, const std::function<bool()>& is_ready,
                  RouteTable& routes) {
  for (const char* const path : {"/embed", "/"}) {
    routes.Add("POST", path,
               [&context](RouteCall call) { return Embed(std::move(call), context); });
  }
  routes.Add("POST", "/similarity",
             [&context](RouteCall call) { return Similarity(std::move(call), context); });
  routes.Add("GET", "/info", [&context](RouteCall call) { return Info(std::move(call), context); });
  routes.Add("GET", "/health",
             [is_ready](RouteCall call) { return Health(std::move(call), is_ready()); });
  AddAbsentRoutes(routes);
}

}  // namespace shoal
