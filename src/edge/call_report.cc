#include "edge/call_report.h"

#include <utility>

namespace shoal {

void CallReport::End(const CallEnd& end, const CallWork& work) {
  if (std::exchange(has_ended_, true) || !reports_->ended) return;
  using std::chrono::duration_cast;
  using std::chrono::microseconds;
  const auto now = reports_->clock.Now();
  reports_->ended(
      {.api = api_,
       .request_id = end.request_id,
       .client = end.client,
       .verdict = end.verdict,
       .message = end.message,
       .texts = texts,
       .arrived = arrived_,
       .total = duration_cast<microseconds>(now - arrived_),
       .serialize = writing_ ? duration_cast<microseconds>(now - *writing_) : microseconds(0),
       .work = work,
       .trace = trace});
}

}  // namespace shoal
