// Which handler a request goes to. Pure but for the handlers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "routes/route_call.h"

namespace shoal {

class RouteTable {
 public:
  // `list`: the route that tells who is lost which there are.
  explicit RouteTable(std::string list = "GET /docs") : list_(std::move(list)) {}

  // A path may have one segment or more that stand for a name: "/v1/models/{name}",
  // "/v2/models/{name}/ready". A GET route serves HEAD too. Each method and path once.
  void Add(std::string_view method, std::string_view path, RouteHandler handler);

  // A path that clients ask for in vain, and what they are told ("this server embeds only").
  void AddAbsent(std::string_view path, std::string why);

  struct Match {
    const RouteHandler* handler = nullptr;
    std::string name;  // percent-decoded
  };
  // Nothing: `Fault` says why.
  std::optional<Match> Find(std::string_view method, std::string_view path) const;
  // ROUTE_NOT_FOUND, or METHOD_NOT_ALLOWED where other methods are served and the path is not
  // absent.
  Fault Why(std::string_view method, std::string_view path) const;
  // "GET, HEAD": what a path is served for; empty: nothing.
  std::string Allowed(std::string_view path) const;

  struct Listed {
    std::string_view method;
    std::string_view path;
  };
  std::vector<Listed> all() const;

 private:
  struct Pattern {
    explicit Pattern(std::string_view path);
    std::optional<std::string_view> NameIn(std::string_view asked) const;

    std::string path;
    std::string front;  // of the path, to the name
    std::string back;   // of the path, behind it
    bool has_name = false;
  };
  struct Route {
    std::string method;
    Pattern pattern;
    RouteHandler handler;
  };
  struct Absent {
    Pattern pattern;
    std::string why;
  };

  std::string list_;
  std::vector<Route> routes_;
  std::vector<Absent> absent_;
};

}  // namespace shoal
