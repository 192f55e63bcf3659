// What is known of a server by now: the last snapshot, and what came before it. The server's own
// history is the begin where it has one, else there is what was seen since this program started.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "top/snapshot_reader.h"

namespace shoal {

struct TopMoment {
  std::chrono::steady_clock::time_point when;
  std::int64_t unix_ms = 0;
};

// One second of the curves.
struct TopSecond {
  std::int64_t unix_second = 0;
  double requests = 0;
  double texts = 0;
  double tokens = 0;
  double refused = 0;  // texts, or requests: TopState::counts_texts
  double failed = 0;
  double in_flight = 0;
  std::optional<ShownTimes> latency = {};
  std::array<double, kShownQueues.size()> queue_seconds = {};
};

struct TopState {
  std::string address;
  std::optional<ShownSnapshot> snapshot = {};  // the last; none: nothing has answered yet
  // Nothing answers now, and why; empty: something does.
  std::string no_contact = {};
  double silent_seconds = 0;  // since the last answer, or since the start
  std::int64_t answered_unix_second = 0;
  std::int64_t now_unix_second = 0;
  int utc_offset_seconds = 0;  // of whoever looks
  // The last five minutes, the oldest first; seconds of which nothing is known are left out.
  std::vector<TopSecond> seconds = {};
  // The server says how many texts ended how; else requests stand for them.
  bool counts_texts = false;
  // A second, over the last ten: how texts (requests) ended. None before there was a second look.
  std::optional<ByVerdict> recent = {};
  std::optional<double> times_capacity = {};  // what was offered
};

// Not thread-safe. Time is what the caller says.
class TopModel {
 public:
  TopModel(std::string address, int utc_offset_seconds, TopMoment now);

  void Answered(ShownSnapshot snapshot, TopMoment now);
  void HistoryCame(const std::vector<ShownSecond>& seconds);
  void Failed(const Status& why, TopMoment now);
  // Time has passed.
  void Tick(TopMoment now);

  // Seconds are missing that the server may have.
  bool wants_history() const { return wants_history_; }
  const TopState& state() const { return state_; }

 private:
  struct Totals {
    TopMoment at;
    ByVerdict requests;
    double texts;
    double tokens;
  };
  struct CpuLook {
    std::chrono::steady_clock::time_point when;
    std::string incarnation;
    double cpu_seconds;
  };

  void Forget();
  void AddServersSecond(const ShownSecond& second);
  void AddOwnSeconds(const ShownSnapshot& snapshot, TopMoment now);
  void AddSecond(const TopSecond& second);
  void SumUpRecent();
  void FillInCpu(ShownSnapshot& snapshot, TopMoment now);

  TopState state_;
  bool wants_history_ = true;
  std::chrono::steady_clock::time_point answered_;
  std::deque<ShownSecond> servers_seconds_;  // the last ten
  std::deque<Totals> totals_;                // of the last ten seconds
  std::map<std::string, std::deque<CpuLook>> cpu_;
};

}  // namespace shoal
