#include "routes/kserve_routes.h"

#include <initializer_list>
#include <string>
#include <utility>

#include "json/writer.h"

namespace shoal {
namespace {

std::unique_ptr<HttpWork> Server(RouteCall call, const RouteContext& context) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("name").String("shoal").Key("version").String(context.version);
  json.Key("extensions").BeginArray().EndArray().EndObject();
  call.AnswerJson(std::move(body));
  return nullptr;
}

// `word`: "live" or "ready". `model`: empty where it is about the server.
std::unique_ptr<HttpWork> State(RouteCall call, std::string_view word, bool is_so,
                                std::string_view model = "") {
  std::string body;
  JsonWriter json(body);
  json.BeginObject();
  if (!model.empty()) json.Key("name").String(model);
  json.Key(word).Bool(is_so).EndObject();
  call.Answer({.status = is_so ? 200 : 503,
               .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
               .body = std::move(body)});
  return nullptr;
}

void WriteTensor(std::string_view name, std::string_view datatype, std::initializer_list<int> shape,
                 JsonWriter& json) {
  json.BeginArray().BeginObject().Key("name").String(name).Key("datatype").String(datatype);
  json.Key("shape").BeginArray();
  for (const int size : shape) json.Int(size);
  json.EndArray().EndObject().EndArray();
}

std::unique_ptr<HttpWork> Model(RouteCall call, const RouteContext& context) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("name").String(call.name);
  json.Key("versions").BeginArray().String("1").EndArray().Key("platform").String("shoal");
  json.Key("inputs");
  WriteTensor("text", "BYTES", {-1}, json);
  json.Key("outputs");
  WriteTensor("embedding", "FP32", {-1, context.model.dim}, json);
  json.EndObject();
  call.AnswerJson(std::move(body));
  return nullptr;
}

// A handler for models that are served under the name in the path; others are refused.
template <typename Handler>
RouteHandler ForModel(const RouteContext& context, Handler handler) {
  return [&context, handler](RouteCall call) -> std::unique_ptr<HttpWork> {
    if (auto refusal = context.names.Check(call.name)) {
      call.Refuse({*std::move(refusal)});
      return nullptr;
    }
    return handler(std::move(call));
  };
}

}  // namespace

void AddKserveRoutes(RouteContext& context, const std::function<bool()>& is_ready,
                     RouteTable& routes) {
  routes.Add("GET", "/v2", [&context](RouteCall call) { return Server(std::move(call), context); });
  routes.Add("GET", "/v2/health/live",
             [](RouteCall call) { return State(std::move(call), "live", true); });
  routes.Add("GET", "/v2/health/ready",
             [is_ready](RouteCall call) { return State(std::move(call), "ready", is_ready()); });
  routes.Add("GET", "/v2/models/{name}", ForModel(context, [&context](RouteCall call) {
               return Model(std::move(call), context);
             }));
  routes.Add("GET", "/v2/models/{name}/ready", ForModel(context, [is_ready](RouteCall call) {
               const std::string name = call.name;
               return State(std::move(call), "ready", is_ready(), name);
             }));
  for (const char* const path : {"/v2/models/{name}/infer", "/v2/models/{name}/generate"}) {
    routes.AddAbsent(path,
                     "of KServe's protocol this server has what tells of it alone; POST "
                     "/v1/embeddings makes vectors");
  }
}

}  // namespace shoal
