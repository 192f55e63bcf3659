#include "routes/route_table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/percent.h"

namespace shoal {
namespace {

constexpr std::string_view kName = "{name}";

bool Serves(std::string_view route_method, std::string_view method) {
  return route_method == method || (route_method == "GET" && method == "HEAD");
}

}  // namespace

void RouteTable::Add(std::string_view method, std::string_view path, RouteHandler handler) {
  for (const Route& route : routes_) {
    CHECK(route.path != path || route.method != method, "a route stands once");
  }
  const std::size_t at = path.find(kName);
  Route route{.method = std::string(method),
              .front = std::string(path.substr(0, at)),
              .has_name = at != std::string_view::npos,
              .path = std::string(path),
              .handler = std::move(handler)};
  if (route.has_name) route.back = path.substr(at + kName.size());
  routes_.push_back(std::move(route));
}

std::optional<std::string_view> RouteTable::NameIn(const Route& route, std::string_view path) {
  if (!route.has_name) return path == route.path ? std::optional(path.substr(0, 0)) : std::nullopt;
  const std::size_t ends = route.front.size() + route.back.size();
  if (path.size() <= ends || !path.starts_with(route.front) || !path.ends_with(route.back)) {
    return std::nullopt;
  }
  return path.substr(route.front.size(), path.size() - ends);
}

// Of several that fit, the one that says most: "/v2/models/{name}/ready" before
// "/v2/models/{name}".
std::optional<RouteTable::Match> RouteTable::Find(std::string_view method,
                                                  std::string_view path) const {
  std::optional<Match> best;
  std::size_t most = 0;
  for (const Route& route : routes_) {
    if (!shoal::Serves(route.method, method)) continue;
    const auto name = NameIn(route, path);
    if (!name || (best && route.path.size() <= most)) continue;
    best = Match{.handler = &route.handler, .name = PercentDecoded(*name)};
    most = route.path.size();
  }
  return best;
}

std::string RouteTable::Allowed(std::string_view path) const {
  std::string allowed;
  for (const Route& route : routes_) {
    if (!NameIn(route, path) || allowed.find(route.method) != std::string::npos) continue;
    if (!allowed.empty()) allowed += ", ";
    allowed += route.method == "GET" ? "GET, HEAD" : route.method;
  }
  return allowed;
}

Fault RouteTable::Why(std::string_view method, std::string_view path) const {
  const std::string allowed = Allowed(path);
  if (!allowed.empty()) {
    return {{.verdict = Verdict::kMethodNotAllowed,
             .message = "found " + std::string(method) + " " + std::string(path) + "; it takes " +
                        allowed}};
  }
  return {{.verdict = Verdict::kRouteNotFound,
           .message = "found " + std::string(method) + " " + std::string(path) +
                      ", which is no route here; GET /docs lists those there are"}};
}

std::vector<RouteTable::Listed> RouteTable::all() const {
  std::vector<Listed> listed;
  for (const Route& route : routes_) listed.push_back({route.method, route.path});
  return listed;
}

}  // namespace shoal
