#include "telemetry/client_usage.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

void End(ClientUsages& usages, std::string_view client, Verdict verdict) {
  const CallWork work{.tokens = 10};
  usages.CallEnded({.client = client, .verdict = verdict, .texts = 2, .work = work, .trace = {}});
}

TEST(ClientUsages, CountWhatEachGotAndWhatNot) {
  ClientUsages usages(10);
  End(usages, "a", Verdict::kOk);
  End(usages, "b", Verdict::kOk);
  End(usages, "b", Verdict::kOverloaded);
  End(usages, "b", Verdict::kInternal);
  const auto list = usages.List();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].client, "b");
  EXPECT_EQ(list[0].requests, 3u);
  EXPECT_EQ(list[0].refused, 1u);
  EXPECT_EQ(list[0].failed, 1u);
  EXPECT_EQ(list[0].texts, 2u);
  EXPECT_EQ(list[1].tokens, 10u);
}

TEST(ClientUsages, PutTheRestTogether) {
  ClientUsages usages(1);
  for (const char* client : {"a", "b", "c"}) End(usages, client, Verdict::kOk);
  const auto list = usages.List();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[1].client, ClientUsages::kOthers);
  EXPECT_EQ(list[1].requests, 2u);
}

}  // namespace
}  // namespace shoal
