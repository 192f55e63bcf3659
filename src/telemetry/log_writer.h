// The thread that writes a log: from the queue into a descriptor, and into the ring that is kept.
// What it cannot write it counts, and once lines get through again it says how many were lost.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "telemetry/line_writer.h"
#include "telemetry/log_queue.h"
#include "telemetry/log_ring.h"
#include "telemetry/lost_lines.h"

namespace shoal {

class LogWriter {
 public:
  struct Options {
    int fd = 1;            // stays the caller's
    bool json = true;      // else lines for people
    std::string identity;  // LogIdentity, of the line about what was lost
    LogRing* kept = nullptr;
  };

  // `queue` and what `options` point at outlive it.
  LogWriter(LogQueue& queue, Options options);
  ~LogWriter() { Stop(); }
  // Closes the queue, writes what is in it, but does not wait long for a pipe that stays full. Not
  // thread-safe.
  void Stop();

  // Lines that were not written so far, for want of room in the queue or in what they are for. From
  // any thread.
  std::uint64_t lost() const { return unwritten_ + queue_.overrun(); }

 private:
  void Run();
  void WriteAll(const LineStore& lines);
  void Flush();
  void Tell(std::uint64_t count);

  LogQueue& queue_;
  const Options options_;
  LineWriter writer_;
  LostLines lost_;
  std::string chunk_;  // lines that are written together
  std::atomic<std::uint64_t> unwritten_ = 0;
  std::thread thread_;  // last: uses all of the above
};

}  // namespace shoal
