#include "telemetry/log.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

constexpr std::int64_t kTime = 1'700'000'000'000'000'042;

TEST(Log, OneJsonObjectPerLine) {
  EXPECT_EQ(
      FormatLogLine(true, LogLevel::kInfo, "worker", kTime, "worker.attached", "say \"hi\"\n",
                    {{"worker_id", std::string("w0")}, {"lanes", std::int64_t{2}}}),
      R"({"ts":"2023-11-14T22:13:20.000000042Z","level":"info","event":"worker.attached",)"
      R"("msg":"say \"hi\"\n","service":"shoal","role":"worker","worker_id":"w0","lanes":2})");
}

TEST(Log, PeopleGetAShortLine) {
  EXPECT_EQ(FormatLogLine(false, LogLevel::kWarn, "worker", kTime, "x.y", "lost the coordinator",
                          {{"why", std::string("reset")}}),
            "22:13:20.000 warn lost the coordinator why=reset");
}

TEST(Log, LevelsHaveNames) {
  EXPECT_EQ(*ParseLogLevel("warn"), LogLevel::kWarn);
  EXPECT_NE(ParseLogLevel("loud").status().message().find("'loud'"), std::string::npos);
}

}  // namespace
}  // namespace shoal
