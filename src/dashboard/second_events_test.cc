#include "dashboard/second_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SecondEventsTest : public testing::Test {
 protected:
  // The next second, with so many texts of this verdict.
  std::vector<RecentEvent> Next(Verdict verdict, std::uint64_t texts) {
    SecondSample second{.unix_ms = unix_ms_ += 1000};
    second.texts[static_cast<std::size_t>(verdict)] = texts;
    return events_.Look(second);
  }

  std::int64_t unix_ms_ = 0;
  SecondEvents events_;
};

TEST_F(SecondEventsTest, RefusingBeginsWithTheFirstTextsAndEndsAfterTenSeconds) {
  const auto begun = Next(Verdict::kOverloaded, 30);
  ASSERT_THAT(begun, SizeIs(1));
  EXPECT_EQ(begun[0].kind, EventKind::kRefusing);
  EXPECT_EQ(begun[0].reason, "overloaded");
  EXPECT_EQ(begun[0].text, "texts are refused as overloaded: 30 in one second");
  EXPECT_EQ(begun[0].unix_ms, 1000);
  EXPECT_THAT(Next(Verdict::kOverloaded, 5), IsEmpty());
  for (int i = 0; i < 9; ++i) EXPECT_THAT(Next(Verdict::kOk, 5), IsEmpty());
  const auto ended = Next(Verdict::kOk, 5);
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].kind, EventKind::kRefusingEnded);
  EXPECT_EQ(ended[0].text,
            "texts are refused as overloaded no more: none for 10 s, after 35 texts");
  EXPECT_EQ(ended[0].unix_ms, 13'000);
  EXPECT_THAT(Next(Verdict::kOk, 5), IsEmpty());
}

TEST_F(SecondEventsTest, WhatIsRefusedNowAndThenIsOneRefusing) {
  EXPECT_THAT(Next(Verdict::kNoWorkers, 1), SizeIs(1));
  for (int i = 0; i < 5; ++i) {
    for (int quiet = 0; quiet < 9; ++quiet) EXPECT_THAT(Next(Verdict::kNoWorkers, 0), IsEmpty());
    EXPECT_THAT(Next(Verdict::kNoWorkers, 1), IsEmpty());
  }
}

TEST_F(SecondEventsTest, ReasonsAreEachForThemselves) {
  EXPECT_THAT(Next(Verdict::kOverloaded, 1), SizeIs(1));
  EXPECT_THAT(Next(Verdict::kRateLimited, 1), SizeIs(1));
}

TEST_F(SecondEventsTest, WhatClientsDoWrongIsNone) {
  EXPECT_THAT(Next(Verdict::kEmptyInput, 1), IsEmpty());
  EXPECT_THAT(Next(Verdict::kCancelled, 1), IsEmpty());
  EXPECT_TRUE(LiesWithServer(Verdict::kDeadlineUnserviceable));
  EXPECT_FALSE(LiesWithServer(Verdict::kInputTooLong));
}

TEST_F(SecondEventsTest, TextsThatTakeWorkersDownAreCounted) {
  const auto one = events_.Look({.poison_bans = 1});
  ASSERT_THAT(one, SizeIs(1));
  EXPECT_EQ(one[0].text, "a text took several workers down and is refused for ten minutes");
  EXPECT_THAT(events_.Look({.poison_bans = 2})[0].text, HasSubstr("2 texts took"));
}

}  // namespace
}  // namespace shoal
