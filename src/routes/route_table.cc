#include "routes/route_table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/percent.h"

namespace shoal {
namespace {

constexpr std::string_view kName = "{name}";

bool ServesMethod(std::string_view route_method, std::string_view method) {
  return route_method == method || (route_method == "GET" && method == "HEAD");
}

}  // namespace

RouteTable::Pattern::Pattern(std::string_view of) : path(of) {
  const std::size_t at = of.find(kName);
  front = of.substr(0, at);
  has_name = at != std::string_view::npos;
  if (has_name) back = of.substr(at + kName.size());
}

std::optional<std::string_view> RouteTable::Pattern::NameIn(std::string_view asked) const {
  if (!has_name) return asked == path ? std::optional(asked.substr(0, 0)) : std::nullopt;
  const std::size_t ends = front.size() + back.size();
  if (asked.size() <= ends || !asked.starts_with(front) || !asked.ends_with(back)) {
    return std::nullopt;
  }
  return asked.substr(front.size(), asked.size() - ends);
}

void RouteTable::Add(std::string_view method, std::string_view path, RouteHandler handler) {
  for (const Route& route : routes_) {
    CHECK(route.pattern.path != path || route.method != method, "a route stands once");
  }
  routes_.push_back({std::string(method), Pattern(path), std::move(handler)});
}

void RouteTable::AddAbsent(std::string_view path, std::string why) {
  absent_.push_back({Pattern(path), std::move(why)});
}

// Of several that fit, the one that says most: "/v2/models/{name}/ready" before
// "/v2/models/{name}".
std::optional<RouteTable::Match> RouteTable::Find(std::string_view method,
                                                  std::string_view path) const {
  std::optional<Match> best;
  std::size_t most = 0;
  for (const Route& route : routes_) {
    if (!ServesMethod(route.method, method)) continue;
    const auto name = route.pattern.NameIn(path);
    if (!name || (best && route.pattern.path.size() <= most)) continue;
    best = Match{.handler = &route.handler, .name = PercentDecoded(*name)};
    most = route.pattern.path.size();
  }
  return best;
}

std::string RouteTable::Allowed(std::string_view path) const {
  std::string allowed;
  for (const Route& route : routes_) {
    if (!route.pattern.NameIn(path) || allowed.find(route.method) != std::string::npos) continue;
    if (!allowed.empty()) allowed += ", ";
    allowed += route.method == "GET" ? "GET, HEAD" : route.method;
  }
  return allowed;
}

Fault RouteTable::Why(std::string_view method, std::string_view path) const {
  const std::string found = "found " + std::string(method) + " " + std::string(path);
  for (const Absent& absent : absent_) {
    if (!absent.pattern.NameIn(path)) continue;
    return {{.verdict = Verdict::kRouteNotFound,
             .message = found + "; " + absent.why + ". " + list_ + " lists all routes"}};
  }
  const std::string allowed = Allowed(path);
  if (!allowed.empty()) {
    return {{.verdict = Verdict::kMethodNotAllowed, .message = found + "; it takes " + allowed}};
  }
  return {{.verdict = Verdict::kRouteNotFound,
           .message = found + ", which is no route here; " + list_ + " lists those there are"}};
}

std::vector<RouteTable::Listed> RouteTable::all() const {
  std::vector<Listed> listed;
  for (const Route& route : routes_) listed.push_back({route.method, route.pattern.path});
  return listed;
}

}  // namespace shoal
