#include "telemetry/log_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <initializer_list>

#include "json/writer.h"

namespace shoal {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

constexpr std::int64_t kTime = 1'700'000'000'000'000'042;

std::string Json(std::string_view message, std::initializer_list<LogField> fields,
                 std::string_view identity = "") {
  LineText line;
  AppendJsonLine(line, {LogLevel::kInfo, kTime, "x.y", message, {fields.begin(), fields.size()}},
                 identity);
  return std::string(line.view());
}

std::string Console(std::string_view message, std::initializer_list<LogField> fields) {
  LineText line;
  AppendConsoleLine(line,
                    {LogLevel::kWarn, kTime, "x.y", message, {fields.begin(), fields.size()}});
  return std::string(line.view());
}

TEST(LogLine, OneJsonObjectPerLine) {
  EXPECT_EQ(Json("say \"hi\"\n", {{"lanes", 2}, {"rate", 0.5}, {"on", true}, {"model", "m"}},
                 LogIdentity("worker", "w0", "0a")),
            R"({"ts":"2023-11-14T22:13:20.000000042Z","level":"info","event":"x.y",)"
            R"("msg":"say \"hi\"\n","service":"shoal","role":"worker","worker_id":"w0",)"
            R"("incarnation":"0a","lanes":2,"rate":0.5,"on":true,"model":"m"})");
}

TEST(LogLine, NumbersAreAsJsonHasThem) {
  for (const double number : {0.0, -0.0, 1.0, 0.001, 1.25, 12.05, 3.141592653589793, 0.0005, -2.5,
                              999'999.999, 1e9, 1e300, 0.1 + 0.2, std::nan("")}) {
    std::string expected = R"("a":)";
    JsonWriter(expected).Double(number);
    EXPECT_THAT(Json("m", {{"a", number}}), EndsWith(expected + "}"));
  }
}

TEST(LogLine, TheTimeIsThatOfEachLine) {
  LineText lines;
  for (const std::int64_t later : {0, 999'999'957, 999'999'958}) {
    AppendJsonLine(lines, {LogLevel::kInfo, kTime + later, "x.y", "", {}}, "");
  }
  for (const char* time : {"20.000000042Z", "20.999999999Z", "21.000000000Z"}) {
    EXPECT_THAT(std::string(lines.view()), HasSubstr(time));
  }
}

TEST(LogLine, AnIdentityLeavesOutWhatIsNotKnown) {
  EXPECT_EQ(LogIdentity("serve", "", ""), R"(,"service":"shoal","role":"serve")");
}

TEST(LogLine, AnErrorHasItsCausesOneByOne) {
  const Status inner = NotFoundError("no \"x\"", {.file = "a/b/c.cc", .line = 3});
  const Status error = inner.At("model", {.file = "a/d/e.cc", .line = 4});
  EXPECT_THAT(
      Json("m", {ExcInfo(error)}),
      EndsWith(R"("exc_info":{"type":"NOT_FOUND","message":"model","location":"d/e.cc:4",)"
               R"("causes":[{"type":"NOT_FOUND","message":"no \"x\"","location":"b/c.cc:3"}]}})"));
  EXPECT_THAT(Json("m", {ExcInfo(inner)}), EndsWith(R"("location":"b/c.cc:3","causes":[]}})"));
}

TEST(LogLine, ALongValueIsCutBetweenTwoCharacters) {
  const std::string line = Json("m", {{"a", "x" + std::string(kMaxLogValue - 2, 'y') + "\u20ac"}});
  EXPECT_THAT(line, EndsWith("yyy...\"}"));
  EXPECT_LT(line.size(), kMaxLogValue + 200);
}

TEST(LogLine, ALongLineSaysHowLongItWas) {
  const std::string long_value(kMaxLogValue, '\x01');
  const std::string line = Json(long_value, {{"a", long_value}});
  EXPECT_LE(line.size(), kMaxLogLine);
  EXPECT_THAT(line, EndsWith(R"("cut_bytes":49236})"));
}

TEST(LogLine, PeopleGetAShortLine) {
  EXPECT_EQ(Console("lost the coordinator", {{"tries", 3}}),
            "22:13:20.000 warn lost the coordinator tries=3");
}

TEST(LogLine, PeopleGetTheWholeErrorBehindTheMessage) {
  const Status error = UnavailableError("reset").At("link");
  EXPECT_EQ(Console("lost", {{"worker_id", "w0"}, ExcInfo(error)}),
            "22:13:20.000 warn lost: link: reset worker_id=w0");
}

TEST(LogLine, LevelsHaveNames) {
  EXPECT_EQ(*ParseLogLevel("warn"), LogLevel::kWarn);
  EXPECT_EQ(Name(LogLevel::kWarn), "warn");
  EXPECT_NE(ParseLogLevel("loud").status().message().find("'loud'"), std::string::npos);
}

}  // namespace
}  // namespace shoal
