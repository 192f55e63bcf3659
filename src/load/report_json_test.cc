#include "load/report_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

LoadReport Small() {
  LoadReport report = Summarise({{.answered = milliseconds(5), .tokens = 7},
                                 {.sent = milliseconds(500),
                                  .answered = milliseconds(501),
                                  .code = StatusCode::kResourceExhausted}},
                                {.duration = seconds(2), .deadline = seconds(1), .offered = 2});
  report.thresholds = {{.expression = "p99>1ms",
                        .figure = "p99",
                        .measured = "5 ms",
                        .bound = "1 ms",
                        .ratio = 5,
                        .failed = true}};
  report.marks = {{.second = 0.5, .text = "a worker was lost"}};
  report.server = {{.second = 0.25,
                    .in_flight = 1,
                    .queue_seconds = {0.5, 0, 0},
                    .offered_cost = 3,
                    .goodput_cost = 2,
                    .capacity_cost = 9}};
  report.run = {.version = "1.2.3",
                .target = "grpc://a:1",
                .model = "m",
                .precision = "fp32",
                .dim = 4,
                .seed = 9,
                .start_unix_ms = 1000,
                .cpu = "A CPU",
                .cpus = 2,
                .command = "shoal load",
                .options = {{"rate", "1"}}};
  return report;
}

TEST(ReportJson, HasEveryFigureUnderItsName) {
  constexpr char kTimes[] =
      R"({"p50":0.005,"p90":0.005,"p95":0.005,"p99":0.005,"p999":0.005,"max":0.005})";
  constexpr char kRefusal[] =
      R"({"p50":0.001,"p90":0.001,"p95":0.001,"p99":0.001,"p999":0.001,"max":0.001})";
  EXPECT_EQ(
      ReportJson(Small()),
      std::string(R"({"version":2,"offered":2,"sent":2,"late_starts":1,"ok":1,"good":1,)") +
          R"("wrong_vectors":0,"late":0,"refused":1,"failed":0,"cancelled":0,"attempts":2,)" +
          R"("retries":0,"validated":0,"wrong_example":"","verdicts":{"ok":1,"resource_exhausted":1},"goodput_per_second":0.5,)" +
          R"("texts_per_second":0.5,"tokens_per_second":3.5,"latency_seconds":)" + kTimes +
          R"(,"service_seconds":)" + kTimes + R"(,"refusal_seconds":)" + kRefusal +
          R"(,"generator_cpu_seconds":0,"valid":false,"duration_seconds":2,"deadline_seconds":1,)" +
          R"("per_second":[{"offered":2,"sent":2,"ok":1,"good":1,"late":0,"refused":1,"failed":0,)" +
          R"("cancelled":0,"texts":1,"latency_seconds":)" + kTimes +
          R"(},{"offered":0,"sent":0,"ok":0,"good":0,"late":0,"refused":0,"failed":0,)" +
          R"("cancelled":0,"texts":0}],"percentiles":[{"quantile":0,"latency_seconds":0.005,)" +
          R"("service_seconds":0.005}],"thresholds":[{"fail_if":"p99>1ms","figure":"p99",)" +
          R"("fails_above":true,"measured":"5 ms","bound":"1 ms","ratio":5,"failed":true}],)" +
          R"("ended_as":"","marks":[{"second":0.5,"text":"a worker was lost"}],)" +
          R"("server":[{"second":0.25,"in_flight":1,)" +
          R"("queue_seconds":{"urgent":0.5,"patient":0,"bulk":0},)" +
          R"("offered_cost":3,"goodput_cost":2,"capacity_cost":9}],"run":{"version":"1.2.3",)" +
          R"("target":"grpc://a:1","model":"m","precision":"fp32","dim":4,"seed":9,)" +
          R"("start_unix_ms":1000,"cpu":"A CPU","cpus":2,"command":"shoal load",)" +
          R"("options":{"rate":"1"}}})" + "\n");
}

}  // namespace
}  // namespace shoal
