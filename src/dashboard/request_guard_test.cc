#include "dashboard/request_guard.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

const RequestGuard& Guard() {
  static const RequestGuard guard({"Dash.Example"});
  return guard;
}

int StatusOf(std::vector<HttpField> headers, std::string_view path = "/api/v1/snapshot") {
  HttpRequest head{.method = "GET", .path = std::string(path)};
  for (const HttpField& field : headers) head.headers.Add(field.name, field.value);
  const auto error = Guard().WhyNot(head);
  return error ? error->status : 200;
}

TEST(RequestGuard, TakesLocalhostAddressesAndItsOwnNames) {
  for (const char* const host :
       {"localhost", "localhost:3000", "LOCALHOST:1", "localhost.", "127.0.0.1:3000", "10.1.2.3",
        "[::1]:3000", "[2001:db8::7]", "dash.example", "DASH.example:443", "dash.example.:80"}) {
    EXPECT_EQ(StatusOf({{"host", host}}), 200) << host;
  }
  EXPECT_EQ(StatusOf({}), 200) << "HTTP/1.0";
}

TEST(RequestGuard, TakesNoNameThatSomebodyElseMayLeadHere) {
  for (const char* const host :
       {"evil.example", "evil.example:3000", "127.0.0.1.nip.io", "localhost.evil.example",
        "sub.dash.example", "dash.example@evil", "[::1].evil", "[::1", "evil, localhost", ":3000",
        "[evil]:3000", "."}) {
    EXPECT_EQ(StatusOf({{"host", host}}), 421) << host;
  }
}

TEST(RequestGuard, TakesPagesOfItsOwnOrigin) {
  EXPECT_EQ(StatusOf({{"host", "localhost:3000"}, {"origin", "http://localhost:3000"}}), 200);
  EXPECT_EQ(StatusOf({{"host", "localhost"}, {"origin", "http://localhost:80"}}), 200);
  EXPECT_EQ(StatusOf({{"host", "dash.example"}, {"origin", "https://Dash.example"}}), 200)
      << "behind a proxy that ends TLS";
  for (const char* const origin : {"http://evil.example", "http://localhost:8080", "null", "",
                                   "http://localhost:3000.evil", "file://localhost:3000"}) {
    EXPECT_EQ(StatusOf({{"host", "localhost:3000"}, {"origin", origin}}), 403) << origin;
  }
  EXPECT_EQ(StatusOf({{"origin", "http://evil.example"}}), 403) << "without a host either";
}

TEST(RequestGuard, TakesNothingFromAnotherSiteButAVisit) {
  const HttpField host{"host", "localhost"};
  const HttpField cross{"sec-fetch-site", "cross-site"};
  EXPECT_EQ(StatusOf({host, {"sec-fetch-site", "same-origin"}}), 200);
  EXPECT_EQ(StatusOf({host, {"sec-fetch-site", "none"}}), 200);
  EXPECT_EQ(StatusOf({host, cross}), 403);
  EXPECT_EQ(StatusOf({host, cross, {"sec-fetch-mode", "navigate"}}), 403);
  EXPECT_EQ(StatusOf({host, cross, {"sec-fetch-mode", "navigate"}}, "/"), 200);
  EXPECT_EQ(StatusOf({host, cross, {"sec-fetch-mode", "no-cors"}}, "/"), 403);
}

TEST(AccessTo, WhatChangesOrTellsMoreIsForOperators) {
  EXPECT_EQ(AccessTo("GET", "/api/v1/snapshot"), Access::kAll);
  EXPECT_EQ(AccessTo("HEAD", "/metrics"), Access::kAll);
  EXPECT_EQ(AccessTo("GET", "/api/v1/logs"), Access::kOperator);
  EXPECT_EQ(AccessTo("HEAD", "/api/v1/config"), Access::kOperator);
  EXPECT_EQ(AccessTo("PUT", "/api/v1/log-level"), Access::kOperator);
  EXPECT_EQ(AccessTo("POST", "/api/v1/workers/w/drain"), Access::kOperator);
  EXPECT_EQ(AccessTo("POST", "/api/v1/try"), Access::kNotAfar);
}

}  // namespace
}  // namespace shoal
