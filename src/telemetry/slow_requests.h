// The last requests that were slow or failed, for who asks why.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "api/records.h"

namespace shoal {

// What a CallRecord said, kept.
struct KeptCall {
  std::int64_t ended_unix_us = 0;
  Api api = Api::kGrpc;
  std::string request_id;
  std::string client;
  Verdict verdict = Verdict::kOk;
  std::string message;
  std::size_t texts = 0;
  std::chrono::microseconds total{0};
  std::chrono::microseconds serialize{0};
  CallWork work;
  TraceContext trace;
};

// Not thread-safe.
class SlowRequests {
 public:
  // `slow`: what takes at least so long is kept although it was served. `most`: of all, the last.
  SlowRequests(std::chrono::microseconds slow, std::size_t most) : slow_(slow), most_(most) {}

  void CallEnded(const CallRecord& record, std::int64_t unix_us);
  bool IsSlow(const CallRecord& record) const { return record.total >= slow_; }

  // The last first.
  std::vector<KeptCall> List() const;

 private:
  const std::chrono::microseconds slow_;
  const std::size_t most_;
  std::vector<KeptCall> calls_;  // a ring once it is full
  std::size_t next_ = 0;
};

}  // namespace shoal
