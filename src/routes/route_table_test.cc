#include "routes/route_table.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

RouteTable Table() {
  RouteTable table;
  for (const auto& [method, path] :
       std::vector<std::pair<const char*, const char*>>{{"POST", "/v1/embeddings"},
                                                        {"GET", "/v1/models"},
                                                        {"GET", "/v1/models/{name}"},
                                                        {"GET", "/v2/models/{name}"},
                                                        {"GET", "/v2/models/{name}/ready"}}) {
    table.Add(method, path, [](const RouteCall&) { return nullptr; });
  }
  return table;
}

std::string NameIn(std::string_view path) {
  const auto match = Table().Find("GET", path);
  return match ? match->name : "none";
}

TEST(RouteTable, FindsByMethodAndPath) {
  const RouteTable table = Table();
  EXPECT_TRUE(table.Find("POST", "/v1/embeddings"));
  EXPECT_TRUE(table.Find("HEAD", "/v1/models"));
  EXPECT_FALSE(table.Find("HEAD", "/v1/embeddings"));
  EXPECT_FALSE(table.Find("get", "/v1/models"));
  for (const char* path : {"/", "/v1/models/", "/v1/embeddings/", "/V1/models", "//v1/models"}) {
    EXPECT_FALSE(table.Find("GET", path)) << path;
  }
}

TEST(RouteTable, ANameMayHaveSlashesAndIsDecoded) {
  EXPECT_EQ(NameIn("/v1/models/a"), "a");
  EXPECT_EQ(NameIn("/v1/models/org/a"), "org/a");
  EXPECT_EQ(NameIn("/v1/models/org%2Fa%20b"), "org/a b");
  EXPECT_EQ(NameIn("/v1/models"), "");
}

TEST(RouteTable, OfSeveralRoutesTheOneThatSaysMostServes) {
  EXPECT_EQ(NameIn("/v2/models/a/ready"), "a");
  EXPECT_EQ(NameIn("/v2/models/a/other"), "a/other");
  EXPECT_EQ(NameIn("/v2/models/ready"), "ready");
}

TEST(RouteTable, SaysWhyNothingServes) {
  const RouteTable table = Table();
  EXPECT_EQ(table.Why("GET", "/v1/embeddings").refusal.message,
            "found GET /v1/embeddings; it takes POST");
  EXPECT_EQ(table.Why("PUT", "/v1/models/a").refusal.message,
            "found PUT /v1/models/a; it takes GET, HEAD");
  const Fault none = table.Why("GET", "/nope");
  EXPECT_EQ(none.refusal.verdict, Verdict::kRouteNotFound);
  EXPECT_EQ(none.refusal.message,
            "found GET /nope, which is no route here; GET /docs lists those "
            "there are");
}

TEST(RouteTable, APathThatIsAbsentHasItsOwnReason) {
  RouteTable table = Table();
  table.AddAbsent("/v2/models/{name}/infer", "it only tells of models");
  const Fault fault = table.Why("POST", "/v2/models/a/infer");
  EXPECT_EQ(fault.refusal.verdict, Verdict::kRouteNotFound) << "not that it takes GET";
  EXPECT_EQ(fault.refusal.message,
            "found POST /v2/models/a/infer; it only tells of models. GET /docs lists all routes");
  EXPECT_EQ(table.Why("POST", "/v2/models/a/other").refusal.verdict, Verdict::kMethodNotAllowed);
}

}  // namespace
}  // namespace shoal
