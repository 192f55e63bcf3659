#include "routes/page_routes.h"

#include <string>
#include <utility>

#include "kDocsPage.inc"
#include "kOpenApiDocument.inc"

namespace shoal {
namespace {

// The page's own style and script, and answers of this server, are all that it may use.
constexpr char kPolicy[] =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src "
    "'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::unique_ptr<HttpWork> Page(RouteCall call) {
  call.Answer({.headers = {{"Content-Type", "text/html; charset=utf-8"},
                           {"Content-Security-Policy", kPolicy},
                           {"X-Content-Type-Options", "nosniff"}},
               .body = kDocsPage});
  return nullptr;
}

std::unique_ptr<HttpWork> Document(RouteCall call) {
  call.AnswerJson(kOpenApiDocument);
  return nullptr;
}

}  // namespace

void AddPageRoutes(RouteTable& routes) {
  routes.Add("GET", "/openapi.json", Document);
  routes.Add("GET", "/docs", Page);
}

}  // namespace shoal
