// The scheduler's own rule (Admit), asked with less than the scheduler knows: the least cost that
// the texts can have, and how much was queued up to their bucket when the snapshot was taken.
// Refused with the least cost, they would be refused with their real one too (LeastTokens tells of
// one exception). Any other answer lets the request pass, to be judged once it is tokenised.
#include "scheduler/early_refusal.h"

#include <algorithm>

namespace shoal {

using std::chrono::microseconds;

std::optional<microseconds> RefuseEarly(const QueueSnapshot& snapshot,
                                        const EarlyQuestion& question) {
  if (question.priority == Priority::kBulk || snapshot.pool.speed <= 0) return std::nullopt;
  const microseconds until_deadline = question.deadline - question.now;
  const bool urgent = IsUrgent(until_deadline, question.priority);
  const QueueOutline& queue = urgent ? snapshot.urgent : snapshot.patient;
  const microseconds key = question.priority == Priority::kHigh ? question.now : question.deadline;
  const std::int64_t bucket =
      std::clamp<std::int64_t>(key / queue.width - queue.first_bucket, 0, QueueRing::kBuckets - 1);
  const Candidate candidate = {.cost = question.least_cost,
                               .longest_text = question.longest_text,
                               .until_deadline = until_deadline,
                               .urgent = urgent};
  const AdmissionAnswer answer =
      Admit(candidate, snapshot.pool,
            {.speed = queue.speed,
             .own_speed = queue.own_speed,
             .ahead = queue.ahead + queue.through[static_cast<std::size_t>(bucket)]});
  // Whether it is hopeless for good is not to be said from here.
  if (answer.admission != Admission::kOverloaded) return std::nullopt;
  return answer.retry_after;
}

}  // namespace shoal
