#include "dashboard/asset_routes.h"

#include <string>

#include "base/check.h"
#include "dashboard/operator_error.h"
#include "dashboard/page_files.h"

namespace shoal {
namespace {

std::unique_ptr<HttpWork> Page(RouteCall call) {
  const EmbeddedFile* const page = FindPageFile("index.html");
  CHECK(page != nullptr, "the build has web/dist/index.html");
  call.Answer(AnswerWith(*page, call.request.headers));
  return nullptr;
}

// An older page, open since before another version was started, asks for files that are gone.
std::unique_ptr<HttpWork> Asset(RouteCall call) {
  const EmbeddedFile* const asset = FindPageFile("assets/" + call.name);
  if (asset != nullptr) {
    call.Answer(AnswerWith(*asset, call.request.headers));
  } else {
    call.Answer(AnswerOf(OperatorError{
        .status = 404,
        .code = "not_found",
        .message = "'" + call.name + "' is no file of this version's page; GET / names those"}));
  }
  return nullptr;
}

}  // namespace

void AddAssetRoutes(RouteTable& routes) {
  routes.Add("GET", "/", Page);
  routes.Add("GET", "/assets/{name}", Asset);
}

}  // namespace shoal
