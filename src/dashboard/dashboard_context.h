// What all routes of the dashboard share.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "api/embed.h"
#include "api/operator.h"
#include "base/clock.h"
#include "dashboard/call_tally.h"
#include "dashboard/dashboard_sources.h"
#include "dashboard/event_stream.h"
#include "dashboard/history.h"
#include "dashboard/recent_events.h"
#include "dashboard/snapshot.h"
#include "edge/byte_budget.h"
#include "edge/limits.h"
#include "edge/pending_call.h"
#include "edge/request_id.h"

namespace shoal {

// On one thread; outlives the routes and what they have begun.
struct DashboardContext {
  const Clock& clock;
  const DashboardSources sources;
  const Limits limits;
  ByteBudget& received;  // bytes of requests that are not answered, of all servers
  OperatorHandler& operator_handler;
  // Runs a task on the thread of the routes, later. From any thread.
  const std::function<void(std::function<void()> task)> post;
  const std::chrono::steady_clock::time_point began;
  const std::int64_t began_unix_ms;
  CallTally tally;
  History history;
  RecentEvents recent_events;
  PendingCalls pending;
  RequestIds request_ids;
  EventStream events;

  StateTree StateAt(std::chrono::steady_clock::time_point now) const {
    const SnapshotMoment moment{.now = now, .began = began, .began_unix_ms = began_unix_ms};
    StateTree state = Snapshot(sources, tally, moment);
    if (history.size() > 0) AddSecond(history[history.size() - 1], state.Object("second"));
    recent_events.AddTo(state.Object("events"));
    return state;
  }
};

}  // namespace shoal
