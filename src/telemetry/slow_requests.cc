#include "telemetry/slow_requests.h"

namespace shoal {

void SlowRequests::CallEnded(const CallRecord& record, std::int64_t unix_us) {
  const Outcome outcome = OutcomeOf(record.verdict);
  if (outcome == Outcome::kRefused || (outcome == Outcome::kOk && !IsSlow(record))) return;
  if (calls_.size() < most_) calls_.emplace_back();
  KeptCall& kept = calls_[next_];
  next_ = (next_ + 1) % most_;
  kept.ended_unix_us = unix_us;
  kept.api = record.api;
  kept.request_id = record.request_id;
  kept.client = record.client;
  kept.verdict = record.verdict;
  kept.message = record.message;
  kept.texts = record.texts;
  kept.total = record.total;
  kept.serialize = record.serialize;
  kept.work = record.work;
  kept.trace = record.trace;
}

std::vector<KeptCall> SlowRequests::List() const {
  std::vector<KeptCall> list;
  list.reserve(calls_.size());
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    list.push_back(calls_[(next_ + calls_.size() - 1 - i) % calls_.size()]);
  }
  return list;
}

}  // namespace shoal
