// Threads that ask a server for what `shoal top` shows, so that keys are heard while it is silent.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "base/bounded_queue.h"
#include "base/descriptor.h"
#include "cli/operator_port.h"
#include "top/snapshot_reader.h"
#include "top/top_view.h"

namespace shoal {

struct HistoryAnswer {
  Result<std::vector<ShownSecond>> seconds;  // empty: the server has none
};
struct ChangeAnswer {
  WorkerChange change;
  Status status;
};
using TopAnswer = std::variant<Result<ShownSnapshot>, HistoryAnswer, ChangeAnswer>;

// Its destructor ends the calls that wait, within a tenth of a second.
class TopAsker {
 public:
  // Asks from now on, once an interval.
  static Result<std::unique_ptr<TopAsker>> Start(const std::string& address,
                                                 const std::string& token,
                                                 std::chrono::microseconds interval);
  ~TopAsker();

  // Readable when there are answers.
  int descriptor() const { return wake_.get(); }
  // Those that came since the last call; waits for one until the time.
  std::vector<TopAnswer> Answers(std::chrono::steady_clock::time_point until);
  std::vector<TopAnswer> Answers();

  void WantHistory() { wants_history_ = true; }  // after the next snapshot
  void Change(WorkerChange change);

 private:
  TopAsker(const std::string& address, const std::string& token, std::chrono::microseconds interval,
           Descriptor wake);
  void AskAgainAndAgain();
  void AskOnce();
  void ChangeWorkers();
  void Say(TopAnswer answer);

  std::atomic<bool> stopped_{false};
  std::atomic<bool> wants_history_{true};
  const OperatorPort port_;
  const std::chrono::microseconds interval_;
  const Descriptor wake_;  // an eventfd
  BoundedQueue<TopAnswer> answers_;
  BoundedQueue<WorkerChange> changes_;
  BoundedQueue<bool> asked_now_;  // somebody wants the next snapshot at once
  std::thread asker_;
  std::thread changer_;
};

}  // namespace shoal
