#include "telemetry/log_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::uint64_t> Ids(const LogPage& page) {
  std::vector<std::uint64_t> ids;
  for (const KeptLine& line : page.lines) ids.push_back(line.id);
  return ids;
}

TEST(LogRing, GivesPageAfterPage) {
  LogRing ring;
  for (const char* line : {"{a}", "{b}", "{c}"}) ring.Add(LogLevel::kInfo, "x.y", line);
  const LogPage first = ring.Find({.most = 2});
  EXPECT_THAT(Ids(first), ElementsAre(1, 2));
  EXPECT_EQ(first.lines[0].json, "{a}");
  EXPECT_EQ(first.lines[0].event, "x.y");
  const LogPage second = ring.Find({.after = first.next, .most = 2});
  EXPECT_THAT(Ids(second), ElementsAre(3));
  EXPECT_THAT(Ids(ring.Find({.after = second.next})), IsEmpty());
  EXPECT_EQ(ring.Find({.after = second.next}).next, second.next);
}

TEST(LogRing, SaysWhatItHas) {
  LogRing ring(2, 100);
  EXPECT_EQ(ring.Find({}).newest, 0u);
  for (int i = 0; i < 5; ++i) ring.Add(LogLevel::kInfo, "x.y", "{}");
  const LogPage page = ring.Find({.after = 1});
  EXPECT_THAT(Ids(page), ElementsAre(4, 5));
  EXPECT_EQ(page.oldest, 4u);
  EXPECT_EQ(page.newest, 5u);
}

TEST(LogRing, FindsByLevelAndIds) {
  LogRing ring;
  ring.Add(LogLevel::kInfo, "x.y", R"({"msg":"m","request_id":"a\"","worker_id":"w0"})");
  ring.Add(LogLevel::kWarn, "x.y", R"({"msg":"m","request_id":"a\"","worker_id":"w1"})");
  ring.Add(LogLevel::kError, "x.y", R"({"msg":"m,\"worker_id\":\"w1\""})");
  EXPECT_THAT(Ids(ring.Find({.least = LogLevel::kWarn})), ElementsAre(2, 3));
  EXPECT_THAT(Ids(ring.Find({.request_id = "a\""})), ElementsAre(1, 2));
  EXPECT_THAT(Ids(ring.Find({.request_id = "a\"", .worker_id = "w0"})), ElementsAre(1));
  EXPECT_THAT(Ids(ring.Find({.worker_id = "w"})), IsEmpty());
  EXPECT_THAT(Ids(ring.Find({.worker_id = "w1"})), ElementsAre(2));
}

TEST(LogRing, APageWithoutAMatchHasBeenLookedThrough) {
  LogRing ring;
  for (int i = 0; i < 3; ++i) ring.Add(LogLevel::kInfo, "x.y", "{}");
  EXPECT_EQ(ring.Find({.least = LogLevel::kError}).next, 3u);
}

}  // namespace
}  // namespace shoal
