#include "server/dashboard_edge.h"

#include <utility>

#include "base/address.h"
#include "telemetry/log.h"

namespace shoal {
namespace {

// A scheduler's unit is a thousandth of this.
double Tokens(double cost) { return cost / kCostPerToken; }

template <typename Reason, typename Counts>
DashboardFigures::ByReason ByReasonOf(std::size_t reasons, const Counts& counts, double unit = 1) {
  DashboardFigures::ByReason list;
  for (std::size_t i = 0; i < reasons; ++i) {
    const auto reason = static_cast<Reason>(i);
    list.push_back({Name(reason), static_cast<double>(counts[reason]) / unit});
  }
  return list;
}

DashboardOptions WithOwnHost(DashboardOptions options, const std::string& listen) {
  const Result<Address> address = ParseAddress(listen);
  if (address.ok()) options.hosts.push_back(address->host);
  return options;
}

}  // namespace

OperatorLogPage FindLogLines(const OperatorLogQuery& query) {
  const LogRing* const kept = KeptLines();
  if (kept == nullptr) return {.next = query.after};
  const auto level = ParseLogLevel(query.level);
  const LogPage found = kept->Find({.after = query.after,
                                    .most = query.limit,
                                    .least = level.ok() ? *level : LogLevel::kDebug,
                                    .request_id = query.request_id,
                                    .worker_id = query.worker_id});
  OperatorLogPage page{.next = found.next, .oldest = found.oldest, .newest = found.newest};
  for (const KeptLine& line : found.lines) page.lines.push_back({line.id, line.json});
  return page;
}

Status ChangeLogLevel(std::string_view level) {
  ASSIGN_OR_RETURN(const LogLevel parsed, ParseLogLevel(level));
  SetLogLevel(parsed);
  LogInfo("log.level_changed", "another level counts from now on", {{"threshold", level}});
  return {};
}

DashboardFigures DashboardFiguresOf(const CoordinatorFigures& figures) {
  const SchedulerCounters& counters = figures.counters;
  const auto number = [](auto count) { return static_cast<double>(count); };
  DashboardFigures to{.queues = {},
                      .queued_bytes = figures.queued_bytes,
                      .open_calls = figures.open_calls,
                      .capacity = Tokens(figures.capacity),
                      .offered = Tokens(number(figures.offered_total)),
                      .goodput = Tokens(number(counters.cost_done)),
                      .wasted = ByReasonOf<Waste>(kWastes, counters.cost_wasted, kCostPerToken),
                      .saved = {{"cancelled", Tokens(number(counters.cost_saved_cancelled))},
                                {"expired", Tokens(number(counters.cost_saved_expired))}},
                      .retries = ByReasonOf<Requeue>(kRequeues, counters.items_requeued),
                      .ejections = {{"silent", number(counters.workers_silent)},
                                    {"stalled", number(counters.workers_stalled)},
                                    {"failing", number(counters.workers_failing)}},
                      .second_attempts = {{"won", number(counters.second_attempts_won)},
                                          {"lost", number(counters.second_attempts_lost)}},
                      .second_attempt_batches = counters.second_attempts,
                      .poison_bans = counters.poison_banned};
  for (std::size_t i = 0; i < kQueueKinds; ++i) {
    const QueueFigures& queue = figures.queues[i];
    to.queues.push_back({.kind = Name(static_cast<QueueKind>(i)),
                         .items = queue.items,
                         .seconds = queue.seconds,
                         .oldest_age_seconds = queue.oldest_age});
  }
  return to;
}

DashboardEdge::DashboardEdge(const std::string& listen, DashboardOptions options,
                             DashboardSources sources, EmbedHandler& handler,
                             OperatorHandler& operator_handler, ByteBudget& received,
                             const Clock& clock, SocketLoop& loop)
    : listen_(listen),
      clock_(clock),
      loop_(loop),
      dashboard_(WithOwnHost(std::move(options), listen), std::move(sources), handler,
                 operator_handler, received, clock,
                 [&loop](std::function<void()> task) { loop.Post(std::move(task)); }) {
  loop_.PostAndWait([this] { loop_.Add(*this); });
}

DashboardEdge::~DashboardEdge() {
  server_.reset();
  loop_.PostAndWait([this] { loop_.Remove(*this); });
}

Status DashboardEdge::Listen(std::function<void(const RefusedConnection&)> connection_refused) {
  ASSIGN_OR_RETURN(server_, HttpServer::Start({.listen = listen_,
                                               .serve = dashboard_.Serve(),
                                               .connection_refused = std::move(connection_refused)},
                                              clock_, loop_));
  return {};
}

void DashboardEdge::Changed() {
  dashboard_.events().Changed();
  loop_.Wake();
}

void DashboardEdge::Shutdown(std::chrono::milliseconds grace) {
  server_->Drain();
  loop_.PostAndWait([this] { dashboard_.events().EndAll(loop_.Now()); });
  server_->Shutdown(grace);
}

}  // namespace shoal
