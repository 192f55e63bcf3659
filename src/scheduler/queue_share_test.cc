#include "scheduler/queue_share.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(QueueShare, GetsOnePartOfTheCostWhileBothHaveWork) {
  QueueShare share(4, 1000);
  Cost mine = 0, others = 0;
  for (int i = 0; i < 1000; ++i) {
    if (share.IsTurn()) {
      share.Sent(230);
      mine += 230;
    } else {
      share.OthersSent(100);
      others += 100;
    }
  }
  EXPECT_NEAR(static_cast<double>(mine) / static_cast<double>(mine + others), 0.25, 0.01);
}

TEST(QueueShare, WhatTheOthersHadQueuedBeforeGoesFirst) {
  QueueShare share(4, 1000);
  share.Begin(400);
  for (int i = 0; i < 4; ++i) {
    EXPECT_FALSE(share.IsTurn());
    share.OthersSent(100);
  }
  EXPECT_TRUE(share.IsTurn());
}

TEST(QueueShare, IsNeverOwedMoreThanItsBound) {
  QueueShare share(4, 50);
  for (int i = 0; i < 10; ++i) share.OthersSent(100);
  EXPECT_EQ(share.balance(), 50);
}

TEST(QueueShare, DebtsEndWhenTheOthersHaveNothing) {
  QueueShare share(4, 50);
  share.Sent(100);
  EXPECT_FALSE(share.IsTurn());
  share.Reset();
  EXPECT_TRUE(share.IsTurn());
}

}  // namespace
}  // namespace shoal
