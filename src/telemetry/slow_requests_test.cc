#include "telemetry/slow_requests.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using std::chrono::microseconds;

class SlowRequestsTest : public testing::Test {
 protected:
  void End(std::string_view id, Verdict verdict, microseconds total) {
    slow_.CallEnded({.request_id = id, .verdict = verdict, .total = total, .work = {}, .trace = {}},
                    5);
  }
  std::string Ids() const {
    std::string ids;
    for (const KeptCall& call : slow_.List()) ids += call.request_id + " ";
    return ids;
  }

  SlowRequests slow_{microseconds(100), 3};
};

TEST_F(SlowRequestsTest, KeepsWhatFailedAndWhatWasSlow) {
  End("fast", Verdict::kOk, microseconds(99));
  End("slow", Verdict::kOk, microseconds(100));
  End("failed", Verdict::kDeadlineExceeded, microseconds(1));
  End("refused", Verdict::kOverloaded, microseconds(500));
  EXPECT_EQ(Ids(), "failed slow ");
}

TEST_F(SlowRequestsTest, ForgetsTheOldest) {
  for (const char* id : {"a", "b", "c", "d", "e"}) End(id, Verdict::kInternal, microseconds(1));
  EXPECT_EQ(Ids(), "e d c ");
}

}  // namespace
}  // namespace shoal
