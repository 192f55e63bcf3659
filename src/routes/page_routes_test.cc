#include "routes/page_routes.h"

#include <gtest/gtest.h>

#include <set>

#include "base/file.h"
#include "json/value.h"
#include "routes/routes.h"

namespace shoal {
namespace {

class NoHandler final : public EmbedHandler, public TokenizeHandler {
 public:
  CallId NewCallId() override { return 0; }
  std::optional<Refusal> Start(CallId, EmbedRequest, ReplySink&) override { return Leaving(); }
  void Cancel(CallId) override {}
  ServiceInfo Info() override { return {}; }
  std::optional<Refusal> Tokenize(TokenizeRequest, Done) override { return Leaving(); }
};

// "GET /v1/models"
std::set<std::string> RealRoutes() {
  NoHandler handler;
  ByteBudget received(1);
  RouteContext context{.clock = SystemClock(),
                       .handler = handler,
                       .tokenizer = handler,
                       .limits = {},
                       .model = {},
                       .names = ModelNames("m"),
                       .version = "",
                       .received = received,
                       .pending = {.handler = handler},
                       .request_ids = RequestIds(1),
                       .reports = {.clock = SystemClock()}};
  const Routes routes({}, context);
  std::set<std::string> real;
  for (const auto& route : routes.table().all()) {
    real.insert(std::string(route.method) + " " + std::string(route.path));
  }
  return real;
}

std::vector<JsonMember> MembersOf(const JsonValue& object) { return object.Members().value(); }

std::set<std::string> DescribedRoutes() {
  const std::string path = std::string(SHOAL_SOURCE_DIR) + "/src/routes/openapi.json";
  const JsonValue document = ParseJson(ReadFile(path, 1 << 20).value()).value();
  const std::vector<JsonMember> routes = MembersOf(document.Get("paths").value());
  std::set<std::string> described;
  for (const JsonMember& route : routes) {
    const std::vector<JsonMember> methods = MembersOf(route.value);
    for (const JsonMember& method : methods) {
      std::string name = method.key;
      for (char& c : name) c = static_cast<char>(c - 32);
      described.insert(name + " " + route.key);
    }
  }
  return described;
}

TEST(OpenApiDocument, DescribesEveryRouteAndNoOther) { EXPECT_EQ(DescribedRoutes(), RealRoutes()); }

}  // namespace
}  // namespace shoal
