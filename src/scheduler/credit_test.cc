#include "scheduler/credit.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(Credit, AllowsNothingBeforeTheFirstGrant) { EXPECT_FALSE(Credit().CanSend()); }

TEST(Credit, CountsGrantsFromTheBeginning) {
  Credit credit;
  EXPECT_TRUE(credit.Grant(2));
  EXPECT_TRUE(credit.Grant(2));
  credit.Send();
  EXPECT_TRUE(credit.CanSend());
  credit.Send();
  EXPECT_FALSE(credit.CanSend());
}

TEST(Credit, RefusesAGrantThatShrinks) {
  Credit credit;
  EXPECT_TRUE(credit.Grant(3));
  EXPECT_FALSE(credit.Grant(2));
  EXPECT_EQ(credit.granted(), 3u);
}

TEST(CreditDeathTest, SendingWithoutCreditIsOurMistake) {
  EXPECT_DEATH(Credit().Send(), "granted credit");
}

}  // namespace
}  // namespace shoal
