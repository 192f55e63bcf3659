// The operator's port of a coordinator: what goes on in it, as JSON, as a stream of events and as
// metrics, and the few things that may be changed. It knows no coordinator: what it shows comes
// from functions, what it changes goes to the interfaces of api.
//
//   request ──RequestGuard──► OperatorAccess ──► RouteTable ──► routes
//             its host, its     the token
//             origin
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dashboard/dashboard_context.h"
#include "dashboard/request_guard.h"
#include "dashboard/second_events.h"
#include "dashboard/worker_events.h"
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

  // Takes the seconds that have ended, and tells followers what there is to tell. Returns when to
  // be called again, if nothing happens before.
  std::chrono::steady_clock::time_point Turn(std::chrono::steady_clock::time_point now);

  // A worker is in another state; `fault` says what is wrong with it, if something is.
  void WorkerChanged(const WorkerInfo& worker, const Status& fault);
  // It gets what is late elsewhere a second time.
  void SecondAttempt(const WorkerInfo& worker);

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
  void TakeSeconds(std::chrono::steady_clock::time_point now);
  void Note(const RecentEvent& event);

  const RequestGuard guard_;
  const OperatorAccess access_;
  DashboardContext context_;
  WorkerEvents worker_events_;
  SecondEvents second_events_;
  RouteTable table_{"GET /api/v1"};
};

}  // namespace shoal
