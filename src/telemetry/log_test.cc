#include "telemetry/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LogTest : public testing::Test {
 protected:
  // What a log has at its end; it goes to stdout too.
  std::vector<std::string> Events() {
    StopLogging();
    std::vector<std::string> events;
    page_ = KeptLines()->Find({.most = 100'000});
    for (const KeptLine& line : page_.lines) events.push_back(line.event);
    return events;
  }
  LogPage page_;
};

TEST_F(LogTest, NothingIsWrittenBeforeItStartsNorAfterItsEnd) {
  LogError("x.early", "m");
  StartLogging({.format = "json", .role = "serve", .keep_lines = true});
  LogInfo("x.y", "m");
  StopLogging();
  EXPECT_EQ(CurrentLogLevel(), LogLevel::kOff);
  SetLogLevel(LogLevel::kDebug);
  LogError("x.late", "m");
  EXPECT_THAT(Events(), ElementsAre("x.y"));
}

TEST_F(LogTest, TheLevelMayChangeAtAnyTime) {
  StartLogging({.level = LogLevel::kWarn, .format = "json", .keep_lines = true});
  LogInfo("x.one", "m");
  SetLogLevel(LogLevel::kDebug);
  EXPECT_EQ(CurrentLogLevel(), LogLevel::kDebug);
  LogDebug("x.two", "m");
  SetLogLevel(LogLevel::kError);
  LogWarn("x.three", "m");
  EXPECT_THAT(Events(), ElementsAre("x.two"));
}

TEST_F(LogTest, TheRingHasJsonAlsoWherePeopleReadTheLines) {
  StartLogging({.format = "console",
                .role = "worker",
                .worker_id = "w0",
                .incarnation = "0a",
                .keep_lines = true});
  LogInfo("x.y", "m", {{"count", 1}});
  EXPECT_THAT(Events(), ElementsAre("x.y"));
  EXPECT_THAT(page_.lines[0].json,
              HasSubstr(R"("role":"worker","worker_id":"w0","incarnation":"0a","count":1})"));
}

TEST_F(LogTest, LinesOfManyThreadsAreWhole) {
  StartLogging({.format = "json", .keep_lines = true});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int line = 0; line < 500; ++line) LogInfo("x.y", "m", {{"line", line}, {"a", "b"}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Events().size() + LostLogLines(), 2000u);
  for (const KeptLine& line : page_.lines) {
    ASSERT_TRUE(line.json.starts_with("{\"ts\":") && line.json.ends_with(",\"a\":\"b\"}"))
        << line.json;
  }
}

TEST_F(LogTest, LinesAreKeptOnlyWhenAskedFor) {
  StartLogging({.format = "json"});
  EXPECT_EQ(KeptLines(), nullptr);
  StopLogging();
}

}  // namespace
}  // namespace shoal
