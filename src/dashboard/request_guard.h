// What a request must look like before anybody reads it: a page of another site, opened in a
// browser of the operator's machine, can reach a port there, even under a name that it has made to
// lead to this machine (DNS rebinding). It cannot choose the headers that are looked at here. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dashboard/operator_error.h"
#include "http/http_message.h"

namespace shoal {

class RequestGuard {
 public:
  // `names`: hosts that the port is reached by, besides localhost and every IP address.
  explicit RequestGuard(std::vector<std::string> names);

  // Nothing: it may go on. 421: a host that the port is not known by. 403: of a page of another
  // origin. A request without a host (HTTP/1.0) is of no browser.
  std::optional<OperatorError> WhyNot(const HttpRequest& head) const;

  bool KnowsHost(std::string_view host) const;  // as the header has it, with a port or without

 private:
  const std::vector<std::string> names_;  // in lower case
};

// "name" of "Name:3000", "::1" of "[::1]:3000", in lower case. Empty: it is no host.
std::string HostOf(std::string_view header);

// Who may ask for a route.
enum class Access {
  kAll,       // who reaches the port
  kNotAfar,   // the server's own machine, others with the token
  kOperator,  // who shows the token; without one the server's own machine
};
Access AccessTo(std::string_view method, std::string_view path);

}  // namespace shoal
