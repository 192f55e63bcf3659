// The operator's port of a coordinator: what goes on in it, as JSON, as a stream of events and as
// metrics, and the few things that may be changed. It knows no coordinator: what it shows comes
// from functions, what it changes goes to the interfaces of api.
//
//   request ──RequestGuard──► OperatorAccess ──► RouteTable ──► routes
//             its host, its     the token
//             origin
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dashboard/dashboard_context.h"
#include "dashboard/request_guard.h"
#include "edge/operator_access.h"
#include "http/http_session.h"
#include "routes/route_table.h"

namespace shoal {

struct DashboardOptions {
  std::vector<std::string> hosts;  // names that the port is reached by, as RequestGuard has them
  std::string operator_token;      // empty: none
  Limits limits;                   // of texts that are tried
  std::string coordinator_id;
};

// On one thread, but for what says otherwise.
class Dashboard {
 public:
  // The handlers, `received` and `clock` outlive it; the handlers have answered every call before
  // it ends. `received` and `post` as DashboardContext has them.
  Dashboard(DashboardOptions options, DashboardSources sources, EmbedHandler& handler,
            OperatorHandler& operator_handler, ByteBudget& received, const Clock& clock,
            std::function<void(std::function<void()> task)> post);

  // Which refer to this.
  HttpSession::Options Serve();

  CallTally& tally() { return context_.tally; }
  EventStream& events() { return context_.events; }
  const RouteTable& table() const { return table_; }

 private:
  std::optional<HttpAnswer> CheckHead(const HttpRequest& head);
  std::optional<HttpAnswer> WhyNot(const HttpRequest& head) const;
  std::unique_ptr<HttpWork> Handle(HttpRequest request, HttpReply& reply);
  HttpAnswer Finished(HttpAnswer answer, const HttpRequest* head);
  std::vector<HttpField> CommonHeaders(const std::string& request_id) const;
  std::string RequestIdOf(const HttpRequest* head);

  const RequestGuard guard_;
  const OperatorAccess access_;
  DashboardContext context_;
  RouteTable table_{"GET /api/v1"};
};

}  // namespace shoal
