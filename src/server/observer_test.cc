#include "server/observer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using std::chrono::microseconds;
using testing::HasSubstr;

class ObserverTest : public testing::Test {
 protected:
  void End(std::string_view id, Verdict verdict, microseconds total = microseconds(10)) {
    observer_.CallEnded({.request_id = id,
                         .client = "indexer",
                         .verdict = verdict,
                         .texts = 1,
                         .total = total,
                         .work = work_,
                         .trace = {}});
  }

  const CallWork work_{.tokens = 5, .attempts = 1, .queue = "urgent"};
  Observer observer_{{.version = "1", .model = {}, .slow_request = microseconds(100)}};
};

TEST_F(ObserverTest, ACallReachesCountersListAndUsage) {
  End("a", Verdict::kOk);
  End("b", Verdict::kOk, microseconds(200));
  End("c", Verdict::kInternal);
  EXPECT_THAT(observer_.MetricsText(),
              HasSubstr("shoal_requests_total{api=\"grpc\",verdict=\"ok\"} 2\n"));
  const auto slow = observer_.SlowList();
  ASSERT_EQ(slow.size(), 2u);
  EXPECT_EQ(slow[0].request_id, "c");
  EXPECT_EQ(slow[1].request_id, "b");
  const auto usage = observer_.Usage();
  ASSERT_EQ(usage.size(), 1u);
  EXPECT_EQ(usage[0].client, "indexer");
  EXPECT_EQ(usage[0].tokens, 10u);
  EXPECT_EQ(usage[0].failed, 1u);
}

TEST_F(ObserverTest, AScrapeAsksForWhatIsKnownAtAnyTime) {
  CoordinatorFigures figures;
  observer_.AddSources([&] { return figures; }, [] { return ServiceInfo(); });
  figures.open_calls = 4;
  EXPECT_THAT(observer_.MetricsText(), HasSubstr("\nshoal_inflight_requests 4\n"));
  EXPECT_THAT(observer_.MetricsText(), HasSubstr("\nprocess_open_fds "));
}

}  // namespace
}  // namespace shoal
