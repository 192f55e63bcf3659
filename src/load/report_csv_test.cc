#include "load/report_csv.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(ReportCsv, HasARowForEachSecondAndNoTimesWhereNothingWasAnswered) {
  const LoadReport report = Summarise({{.answered = milliseconds(5), .texts = 3},
                                       {.intended = seconds(1),
                                        .sent = seconds(1),
                                        .answered = milliseconds(1001),
                                        .code = StatusCode::kUnavailable}},
                                      {.duration = seconds(2), .offered = 2});
  EXPECT_EQ(ReportCsv(report),
            "second,offered,sent,ok,good,late,refused,failed,cancelled,texts,latency_p50_seconds,"
            "latency_p90_seconds,latency_p95_seconds,latency_p99_seconds,latency_p999_seconds,"
            "latency_max_seconds\n"
            "0,1,1,1,1,0,0,0,0,3,0.005,0.005,0.005,0.005,0.005,0.005\n"
            "1,1,1,0,0,0,1,0,0,0,,,,,,\n");
}

}  // namespace
}  // namespace shoal
