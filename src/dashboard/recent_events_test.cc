#include "dashboard/recent_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::HasSubstr;

StateTree Tree(const RecentEvents& events) {
  StateTree tree;
  events.AddTo(tree);
  return tree;
}

TEST(RecentEvents, HaveANumberAndWhatIsKnownOfThem) {
  RecentEvents events;
  events.Add(5,
             {.kind = EventKind::kLost, .text = "w was lost", .worker = "w", .incarnation = "1f"});
  events.Add(6, {.kind = EventKind::kRefusing, .text = "t", .reason = "overloaded", .unix_ms = 4});
  EXPECT_EQ(Tree(events).Text(),
            R"({"1":{"unix_ms":5,"kind":"lost","text":"w was lost","worker":"w",)"
            R"("incarnation":"1f"},)"
            R"("2":{"unix_ms":4,"kind":"refusing","text":"t","reason":"overloaded"}})");
}

TEST(RecentEvents, AreForgottenOneByOneAndEachIsToldOnce) {
  RecentEvents events;
  for (std::size_t i = 0; i < RecentEvents::kKept; ++i) events.Add(1, {.text = "t"});
  const StateTree before = Tree(events);
  events.Add(2, {.text = "new"});
  EXPECT_EQ(MergePatch(before, Tree(events)),
            R"({"1":null,"101":{"unix_ms":2,"kind":"started","text":"new"}})");
}

TEST(RecentEvents, AreShortWhateverAWorkerCallsItself) {
  RecentEvents events;
  events.Add(1, {.text = std::string(60'000, 't'), .worker = std::string(60'000, 'w')});
  EXPECT_LT(Tree(events).Text().size(), 1000u);
  EXPECT_THAT(Tree(events).Text(), HasSubstr(std::string(200, 'w') + '"'));
}

TEST(RecentEvents, KindsHaveTheirNames) {
  EXPECT_EQ(Name(EventKind::kStarted), "started");
  EXPECT_EQ(Name(EventKind::kRefusingEnded), "refusing_ended");
  EXPECT_EQ(Name(EventKind::kPoison), "poison");
}

}  // namespace
}  // namespace shoal
