#include "top/worker_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using ::testing::ElementsAre;

std::vector<ShownWorker> Workers() {
  std::vector<ShownWorker> workers(3);
  workers[0] = {.id = "vm-10", .state = "ready", .tokens_per_second = 5, .peer = "10.0.0.1:5"};
  workers[1] = {.id = "vm-2", .state = "lost", .tokens_per_second = 7, .peer = "10.0.0.2:5"};
  workers[2] = {.id = "Vm-1", .state = "ready", .tokens_per_second = 5, .peer = "10.0.0.3:5"};
  return workers;
}

std::vector<std::string> Ids(std::string_view filter, WorkerSort sort, bool reversed = false) {
  const std::vector<ShownWorker> workers = Workers();
  std::vector<std::string> ids;
  for (const ShownWorker* worker : ListedWorkers(workers, filter, sort, reversed)) {
    ids.push_back(worker->id);
  }
  return ids;
}

TEST(WorkerOrder, NumbersInNamesCountAsNumbers) {
  EXPECT_TRUE(NaturallyLess("vm-2", "vm-10"));
  EXPECT_FALSE(NaturallyLess("vm-10", "vm-2"));
  EXPECT_TRUE(NaturallyLess("a", "ab"));
  EXPECT_FALSE(NaturallyLess("vm-1", "vm-1"));
  EXPECT_TRUE(NaturallyLess("vm-1a", "vm-01b"));
}

TEST(WorkerOrder, NumbersAreSortedMostFirstAndEqualOnesById) {
  EXPECT_THAT(Ids("", WorkerSort::kId), ElementsAre("Vm-1", "vm-2", "vm-10"));
  EXPECT_THAT(Ids("", WorkerSort::kTokens), ElementsAre("vm-2", "Vm-1", "vm-10"));
  EXPECT_THAT(Ids("", WorkerSort::kTokens, true), ElementsAre("Vm-1", "vm-10", "vm-2"));
  EXPECT_THAT(Ids("", WorkerSort::kState), ElementsAre("vm-2", "Vm-1", "vm-10"));
}

TEST(WorkerOrder, AFilterIsAPartOfIdStateOrAddress) {
  EXPECT_THAT(Ids("VM-1", WorkerSort::kId), ElementsAre("Vm-1", "vm-10"));
  EXPECT_THAT(Ids("lost", WorkerSort::kId), ElementsAre("vm-2"));
  EXPECT_THAT(Ids("0.3:", WorkerSort::kId), ElementsAre("Vm-1"));
  EXPECT_THAT(Ids("nothing", WorkerSort::kId), ElementsAre());
}

TEST(WorkerOrder, EverySortHasItsWords) {
  WorkerSort sort = WorkerSort::kId;
  for (int i = 0; i < 9; ++i) {
    EXPECT_NE(HeadingOf(sort), "");
    EXPECT_NE(DirectionOf(sort, false), DirectionOf(sort, true));
    sort = After(sort);
  }
  EXPECT_EQ(sort, WorkerSort::kId);
}

}  // namespace
}  // namespace shoal
