#include "dashboard/worker_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using enum WorkerState;

class WorkerEventsTest : public testing::Test {
 protected:
  // What is told of this change: the kind, or nothing.
  std::string Change(WorkerState state, bool attached = true, const Status& fault = {}) {
    const auto event = events_.Changed(now_,
                                       {.id = id_,
                                        .incarnation = incarnation_,
                                        .state = state,
                                        .attached = attached,
                                        .lanes = 2,
                                        .kernel_table = "avx2"},
                                       fault);
    text_ = event ? event->text : "";
    return event ? std::string(Name(event->kind)) : "";
  }
  std::string SecondAttempt() {
    const auto event = events_.SecondAttempt(now_, {.id = id_});
    return event ? std::string(Name(event->kind)) : "";
  }

  WorkerEvents::TimePoint now_{seconds(100)};
  std::string id_ = "w";
  std::string incarnation_ = "1f";
  std::string text_;
  WorkerEvents events_;
};

TEST_F(WorkerEventsTest, AWorkerIsLostAndReturns) {
  EXPECT_EQ(Change(kReady), "joined");
  EXPECT_EQ(text_, "w joined with 2 lanes of avx2");
  EXPECT_EQ(Change(kLost, false, UnavailableError("its link ended without a goodbye")), "lost");
  EXPECT_EQ(text_, "w was lost: its link ended without a goodbye");
  incarnation_ = "2e";
  EXPECT_EQ(Change(kReady), "returned");
}

TEST_F(WorkerEventsTest, TheSameProcessOverAnotherLinkJoinsAgain) {
  Change(kReady);
  Change(kLost, false, AbortedError("it came again over another link"));
  EXPECT_EQ(Change(kReady), "joined");
}

TEST_F(WorkerEventsTest, AnOperatorDrainsAndResumes) {
  Change(kReady);
  EXPECT_EQ(Change(kDrained), "drained");
  EXPECT_THAT(text_, HasSubstr("operator"));
  EXPECT_EQ(Change(kReady), "resumed");
  Change(kDrained);
  EXPECT_EQ(Change(kLate), "resumed") << "with a batch that is overdue still";
}

TEST_F(WorkerEventsTest, OneThatDrainsLeavesAndComesBackDrained) {
  Change(kReady);
  EXPECT_EQ(Change(kDraining), "draining");
  EXPECT_EQ(Change(kDrained, false), "drained");
  EXPECT_EQ(text_, "w has left after its drain");
  incarnation_ = "2e";
  EXPECT_EQ(Change(kDrained), "returned");
}

TEST_F(WorkerEventsTest, IsSentAwayForAReason) {
  Change(kReady);
  EXPECT_EQ(Change(kEjected, false, AbortedError("its batches keep failing")), "ejected");
  EXPECT_EQ(text_, "w is sent away for a while: its batches keep failing");
}

TEST_F(WorkerEventsTest, OneThatFlapsDoesNotFlood) {
  Change(kReady);
  EXPECT_EQ(Change(kLate), "late");
  EXPECT_EQ(Change(kReady), "recovered");
  now_ += seconds(9);
  EXPECT_EQ(Change(kLate), "");
  EXPECT_EQ(Change(kReady), "") << "nobody was told that it is late";
  now_ += seconds(1);
  EXPECT_EQ(Change(kLate), "late");
  now_ += seconds(60);
  EXPECT_EQ(Change(kReady), "recovered");
}

TEST_F(WorkerEventsTest, SecondAttemptsAreToldOnceInTenSecondsOfEachWorker) {
  EXPECT_EQ(SecondAttempt(), "second_attempt");
  EXPECT_EQ(SecondAttempt(), "");
  id_ = "other";
  EXPECT_EQ(SecondAttempt(), "second_attempt");
  now_ += seconds(10);
  EXPECT_EQ(SecondAttempt(), "second_attempt");
}

TEST_F(WorkerEventsTest, ForgetsThoseThatAreGone) {
  Change(kReady);
  for (std::size_t i = 0; i < WorkerEvents::kMostGone; ++i) {
    id_ = "gone-" + std::to_string(i);
    Change(kReady);
    Change(kLost, false);
  }
  incarnation_ = "2e";
  EXPECT_EQ(Change(kReady), "returned") << "the last";
  id_ = "gone-0";
  EXPECT_EQ(Change(kReady), "joined");
  id_ = "w";
  EXPECT_EQ(Change(kLate), "late") << "it was never gone";
}

}  // namespace
}  // namespace shoal
