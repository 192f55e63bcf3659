// What an edge tells of each call once it is over: one CallRecord, however it ended.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

#include "api/records.h"
#include "base/clock.h"

namespace shoal {

// What the calls of one server share.
struct CallReports {
  const Clock& clock;
  std::function<void(const CallRecord&)> ended = {};  // empty: nobody asks
};

struct CallEnd {
  Verdict verdict = Verdict::kOk;
  std::string_view message = {};  // of the refusal
  std::string_view request_id = {};
  std::string_view client = {};
};

// Of one call, from its arrival on. Not thread-safe.
class CallReport {
 public:
  // `reports` outlives it.
  CallReport(const CallReports& reports, Api api)
      : reports_(&reports), api_(api), arrived_(reports.clock.Now()) {}

  std::size_t texts = 0;
  TraceContext trace;

  // What follows is the writing of the answer.
  void BeginWriting() { writing_ = reports_->clock.Now(); }
  // What comes after the first end is not told.
  void End(const CallEnd& end, const CallWork& work = {});
  bool has_ended() const { return has_ended_; }

 private:
  const CallReports* reports_;
  Api api_;
  std::chrono::steady_clock::time_point arrived_;
  std::optional<std::chrono::steady_clock::time_point> writing_;
  bool has_ended_ = false;
};

// Of a call whose client has gone.
inline constexpr std::string_view kClientGone = "the client went away";

}  // namespace shoal
