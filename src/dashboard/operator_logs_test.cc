#include "dashboard/operator_logs.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

OperatorLogQuery Read(std::string_view query) {
  return std::get<OperatorLogQuery>(ReadLogQuery(query));
}

std::string ParamAtFault(std::string_view query) {
  return std::get<OperatorError>(ReadLogQuery(query)).param;
}

TEST(ReadLogQuery, WithoutAnyIsForTheOldestHundred) {
  const OperatorLogQuery query = Read("");
  EXPECT_EQ(query.after, 0u);
  EXPECT_EQ(query.limit, 100u);
  EXPECT_EQ(query.level, "debug");
}

TEST(ReadLogQuery, TakesEachParameter) {
  const OperatorLogQuery query =
      Read("after=18446744073709551615&limit=1000&level=warn&request_id=a%26b&&worker_id=w-0");
  EXPECT_EQ(query.after, 18446744073709551615u);
  EXPECT_EQ(query.limit, 1000u);
  EXPECT_EQ(query.level, "warn");
  EXPECT_EQ(query.request_id, "a&b");
  EXPECT_EQ(query.worker_id, "w-0");
}

TEST(ReadLogQuery, RefusesWhatNobodyKnows) {
  EXPECT_EQ(ParamAtFault("after=-1"), "after");
  EXPECT_EQ(ParamAtFault("after=1x"), "after");
  EXPECT_EQ(ParamAtFault("after"), "after");
  EXPECT_EQ(ParamAtFault("limit=0"), "limit");
  EXPECT_EQ(ParamAtFault("limit=1001"), "limit");
  EXPECT_EQ(ParamAtFault("level=loud"), "level");
  EXPECT_EQ(ParamAtFault("after=1&levle=warn"), "levle");
}

TEST(OperatorLogPage, HoldsTheLinesAsTheyAre) {
  EXPECT_EQ(JsonOf({.lines = {{3, R"({"event":"a"})"}, {5, "{}"}}, .next = 5, .newest = 9}),
            R"({"lines":[{"id":3,"line":{"event":"a"}},{"id":5,"line":{}}],)"
            R"("next":5,"oldest":1,"newest":9})");
  EXPECT_EQ(JsonOf({}), R"({"lines":[],"next":0,"oldest":1,"newest":0})");
}

}  // namespace
}  // namespace shoal
