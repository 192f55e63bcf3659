#include "dashboard/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

constexpr SnapshotMoment kMoment{.now = CallTally::TimePoint(seconds(107)),
                                 .began = CallTally::TimePoint(seconds(100)),
                                 .began_unix_ms = 5};

DashboardSources Sources() {
  return {.info = [] { return ServiceInfo{.version = "1", .workers = {{.id = "w0"}}}; },
          .state = [] { return ServingState::kDraining; },
          .figures =
              [] {
                return DashboardFigures{.queues = {{.kind = "bulk", .items = 3, .seconds = 0.25}},
                                        .wasted = {{"late", 2.5}}};
              },
          .usage = [] { return std::vector<ClientUsage>(30, ClientUsage{.client = "c"}); }};
}

std::string Text(const CallTally& tally) { return Snapshot(Sources(), tally, kMoment).Text(); }

TEST(Snapshot, SaysWhatIsKnown) {
  const std::string text = Text(CallTally(kMoment.began));
  EXPECT_THAT(text, HasSubstr(R"("started_unix_ms":5,"uptime_seconds":7,"state":"draining")"));
  EXPECT_THAT(text, HasSubstr(R"("bulk":{"items":3,"seconds":0.25,"oldest_age_seconds":0})"));
  EXPECT_THAT(text, HasSubstr(R"("wasted_cost":{"late":2.5})"));
  EXPECT_THAT(text, HasSubstr(R"("workers":{"w0":{"id":"w0")"));
}

TEST(Snapshot, SaysOfWhichSourceTheProcessIs) {
  DashboardSources sources = Sources();
  sources.revision = "abc";
  EXPECT_THAT(Snapshot(sources, CallTally(kMoment.began), kMoment).Text(),
              HasSubstr(R"("version":"1","revision":"abc",)"));
}

TEST(Snapshot, SaysWhereRequestsAreTakenAndHowMuchIsLogged) {
  DashboardSources sources = Sources();
  sources.listen = [] { return ServingAddresses{.grpc = "h:1", .http = "h:2"}; };
  sources.log_level = [] { return "warn"; };
  EXPECT_THAT(Snapshot(sources, CallTally(kMoment.began), kMoment).Text(),
              HasSubstr(R"("listen":{"grpc":"h:1","http":"h:2"},"log_level":"warn",)"));
}

TEST(Snapshot, LeavesOutWhatIsNot) {
  const std::string text = Text(CallTally(kMoment.began));
  EXPECT_THAT(text, Not(HasSubstr("revision")));
  EXPECT_THAT(text, HasSubstr(R"("requests":{},)"));
  EXPECT_THAT(text, HasSubstr(R"("latency_ms":{})"));
  EXPECT_THAT(text, Not(HasSubstr("success_share")));
  EXPECT_THAT(text, Not(HasSubstr("null")));
}

TEST(Snapshot, CountsWhatCame) {
  CallTally tally(kMoment.began);
  const CallWork work{.tokens = 70};
  const TraceContext trace;
  tally.CallEnded({.api = Api::kTei,
                   .verdict = Verdict::kOk,
                   .texts = 7,
                   .arrived = kMoment.now - seconds(1),
                   .total = microseconds(2000),
                   .work = work,
                   .trace = trace});
  const std::string text = Text(tally);
  EXPECT_THAT(text, HasSubstr(R"("requests":{"tei":{"ok":1}},"texts":7,)"
                              R"("offered_texts":{"ok":7},"tokens":70)"));
  EXPECT_THAT(text, HasSubstr(R"("window_seconds":7,"requests":0.14,"texts":1,"tokens":10)"));
  EXPECT_THAT(text, HasSubstr(R"("success_share":1)"));
}

TEST(SlowRequestsJson, SaysWhereTheTimeWent) {
  KeptCall call{.ended_unix_us = 2'000'000,
                .api = Api::kOpenAi,
                .request_id = "r",
                .verdict = Verdict::kOk,
                .total = microseconds(1500),
                .serialize = microseconds(100)};
  call.work.timing = {.tokenize_us = 200, .queue_us = 500};
  call.work.workers = {std::make_shared<const WorkerName>(WorkerName{"w0", "1f"})};
  call.trace.trace_id = {0x01, 0x02};
  const std::string text = SlowRequestsJson({call});
  EXPECT_THAT(text, HasSubstr(R"("ended_unix_ms":2000,"api":"openai","request_id":"r")"));
  EXPECT_THAT(text, HasSubstr(R"("total_ms":1.5,"stages_ms":{"tokenize":0.2,"queue":0.3)"));
  EXPECT_THAT(text, HasSubstr(R"("workers":[{"id":"w0","incarnation":"1f"}])"));
  EXPECT_THAT(text, HasSubstr(R"("trace_id":"01020000000000000000000000000000")"));
  EXPECT_EQ(SlowRequestsJson({}), R"({"requests":[]})");
}

}  // namespace
}  // namespace shoal
