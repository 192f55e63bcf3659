// All routes of the public HTTP port, for http/http_server.h to serve.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "edge/call_report.h"
#include "http/http_session.h"
#include "routes/route_context.h"
#include "routes/route_table.h"

namespace shoal {

// On the loop's thread.
class Routes {
 public:
  struct Options {
    // Of web pages that may read answers: "https://app.example", or "*" for all. CORS.
    std::vector<std::string> allowed_origins;
    std::function<bool()> is_ready;  // a worker serves, and the server is not about to end
  };

  // `context` outlives it, and all that it has begun.
  Routes(Options options, RouteContext& context);

  // Which refer to this.
  HttpSession::Options Serve();

  const RouteTable& table() const { return table_; }

 private:
  std::optional<HttpAnswer> CheckHead(const HttpRequest& head);
  std::unique_ptr<HttpWork> Handle(HttpRequest request, HttpReply& reply);
  HttpAnswer Refuse(const HttpRefusal& refusal, const HttpRequest* head);
  std::optional<CallReport> ReportOf(const HttpRequest& request);
  std::string RequestIdOf(const HttpHeaders& came);
  void AddCommonHeaders(const HttpHeaders& came, HttpAnswer& answer);
  std::vector<HttpField> CommonHeaders(const HttpHeaders& came,
                                       const std::string& request_id) const;

  const Options options_;
  RouteContext& context_;
  RouteTable table_;
};

}  // namespace shoal
