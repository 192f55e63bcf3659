// The operator's port: a Dashboard over a coordinator, and the server that serves it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/records.h"
#include "base/clock.h"
#include "coordinator/figures.h"
#include "dashboard/dashboard.h"
#include "http/http_server.h"
#include "net/socket_loop.h"

namespace shoal {

DashboardFigures DashboardFiguresOf(const CoordinatorFigures& figures);
// Of the lines that this process keeps.
OperatorLogPage FindLogLines(const OperatorLogQuery& query);
// "debug", "info", "warn", "error" or "off"; from now on.
Status ChangeLogLevel(std::string_view level);

// Thread-safe, but for what says otherwise.
class DashboardEdge final : private SocketLoop::Resident {
 public:
  // As Dashboard's. `loop` outlives it too. `listen` is HOST:PORT; its
  // host is one that the port is reached by.
  DashboardEdge(const std::string& listen, DashboardOptions options, DashboardSources sources,
                EmbedHandler& handler, OperatorHandler& operator_handler, ByteBudget& received,
                const Clock& clock, SocketLoop& loop);
  ~DashboardEdge();

  // Once, not on the loop's thread.
  Status Listen(std::function<void(const RefusedConnection&)> connection_refused);
  const std::string& address() const { return server_->address(); }  // HOST:PORT; after Listen

  // On the loop's thread.
  void CallEnded(const CallRecord& record) { dashboard_.tally().CallEnded(record); }
  void BatchEnded(const BatchRecord& record) { dashboard_.tally().BatchEnded(record); }

  void WorkerChanged(const WorkerInfo& worker, const Status& fault) {
    dashboard_.WorkerChanged(worker, fault);
  }
  void SecondAttempt(const WorkerInfo& worker) { dashboard_.SecondAttempt(worker); }

  // Workers or the server itself are in another state: who follows is told at once.
  void Changed();
  std::size_t followers() { return dashboard_.events().followers(); }
  std::uint64_t dropped() { return dashboard_.events().dropped(); }

  // As HttpServer's; streams end.
  void Shutdown(std::chrono::milliseconds grace);

 private:
  SocketLoop::TimePoint Turn() override { return dashboard_.Turn(loop_.Now()); }

  const std::string listen_;
  const Clock& clock_;
  SocketLoop& loop_;
  Dashboard dashboard_;
  std::unique_ptr<HttpServer> server_;  // null: it does not listen
};

}  // namespace shoal
