// What happened in a run: a hash over everything that was decided, and the last lines for whoever
// has to find out why a run failed. Lines are written only when somebody reads them: a run of a
// thousand seeds only hashes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/fnv.h"

namespace shoal::sim {

using std::chrono::microseconds;

enum class Did : std::uint8_t {
  kArrive,    // call, texts, deadline
  kCancel,    // call
  kSend,      // attachment, batch, lane, items, reason
  kRecall,    // attachment, items
  kClose,     // attachment, stay away ms
  kState,     // attachment, state
  kItemDone,  // call, text, batch
  kFinish,    // call, verdict, admitted, attempts, retry after
  kRun,       // worker, lane, batch, items
  kAnswer,    // worker, lane, batch, done items
  kWelcome,   // attachment, worker
  kRefuse,    // attachment, worker, stay away ms
  kDetach,    // attachment, worker
  kFault,     // kind, whom, for how long
  kPhase,     // phase
};

struct TraceEntry {
  microseconds at{0};
  Did did = Did::kPhase;
  std::int64_t a = 0;
  std::int64_t b = 0;
  std::int64_t c = 0;
  std::int64_t d = 0;
  std::int64_t e = 0;
};

// One line, without the newline.
std::string Line(const TraceEntry& entry);

// Not thread-safe.
class Trace {
 public:
  // Prints every line to stdout at once, too.
  explicit Trace(bool print) : print_(print) {}

  void Add(const TraceEntry& entry);
  std::uint64_t hash() const { return hash_; }
  std::uint64_t size() const { return size_; }
  // The last entries, oldest first.
  std::vector<std::string> Tail(std::size_t most) const;

 private:
  static constexpr std::size_t kKept = 1024;

  const bool print_;
  std::uint64_t hash_ = kFnvBasis;
  std::uint64_t size_ = 0;
  std::vector<TraceEntry> last_;  // a ring
};

}  // namespace shoal::sim
