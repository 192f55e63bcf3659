#include "telemetry/line_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "base/rng.h"

namespace shoal {
namespace {

using testing::ElementsAre;

std::vector<std::string> Lines(const LineStore& store) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < store.size(); ++i) lines.emplace_back(store[i].json);
  return lines;
}

TEST(LineStore, GivesBackWhatWasAdded) {
  LineStore store(4, 100);
  EXPECT_EQ(store.Add({LogLevel::kWarn, "a.b", "{json}", "console"}), 0u);
  const LogRecord record = store[0];
  EXPECT_EQ(record.level, LogLevel::kWarn);
  EXPECT_EQ(record.event, "a.b");
  EXPECT_EQ(record.json, "{json}");
  EXPECT_EQ(record.console, "console");
}

TEST(LineStore, TheOldestGoesForWantOfAPlace) {
  LineStore store(2, 100);
  EXPECT_EQ(store.Add({.json = "a"}) + store.Add({.json = "b"}) + store.Add({.json = "c"}), 1u);
  EXPECT_THAT(Lines(store), ElementsAre("b", "c"));
}

TEST(LineStore, TheOldestGoForWantOfBytes) {
  LineStore store(10, 10);
  for (const char* line : {"aaaa", "bbb", "ccc"}) EXPECT_EQ(store.Add({.json = line}), 0u);
  EXPECT_EQ(store.Add({.json = "dddddd"}), 2u);
  EXPECT_THAT(Lines(store), ElementsAre("ccc", "dddddd"));
  EXPECT_EQ(store.Add({.json = "eeeeeeeeee"}), 2u);
  EXPECT_THAT(Lines(store), ElementsAre("eeeeeeeeee"));
}

TEST(LineStore, KnowsWhenItIsHalfFull) {
  LineStore store(4, 100);
  store.Add({.json = "a"});
  EXPECT_FALSE(store.IsHalfFull());
  store.Add({.json = "b"});
  EXPECT_TRUE(store.IsHalfFull());
  store.Clear();
  EXPECT_FALSE(store.IsHalfFull());
  store.Add({.json = std::string(50, 'x')});
  EXPECT_TRUE(store.IsHalfFull());
}

TEST(LineStore, HoldsTheNewestOfAnySizes) {
  Rng rng(7);
  LineStore store(20, 200);
  std::deque<std::string> all;
  for (int i = 0; i < 5000; ++i) {
    const std::string line = std::to_string(i) + std::string(rng.Below(60), 'x');
    all.push_back(line);
    const std::size_t displaced = store.Add({.json = line});
    for (std::size_t gone = 0; gone < displaced; ++gone) all.pop_front();
    ASSERT_EQ(Lines(store), std::vector<std::string>(all.begin(), all.end()));
  }
}

}  // namespace
}  // namespace shoal
