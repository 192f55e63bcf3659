#include "scheduler/fair_share.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr ShareQuestion kQuestion = {.queued = 900,
                                     .cost = 200,
                                     .least = 100,
                                     .speed = 0.01,  // 1,000 in 100 ms
                                     .until_deadline = 200ms,
                                     .horizon = 1s,
                                     .clients = 2};

TEST(FairShare, AClientMayHaveItsPartOfWhatTheQueueDoesInTime) {
  EXPECT_EQ(ExcessOfShare(kQuestion), 100);  // 1,100 of 2,000 / 2
}

TEST(FairShare, AClientAloneMayHaveEverything) {
  ShareQuestion question = kQuestion;
  question.clients = 1;
  EXPECT_EQ(ExcessOfShare(question), 0);
}

TEST(FairShare, OneRequestIsAlwaysAllowed) {
  ShareQuestion question = kQuestion;
  question.queued = 0;
  question.cost = 1'000'000;
  EXPECT_EQ(ExcessOfShare(question), 0);
}

TEST(FairShare, ABatchForEveryLaneIsAllowedWhateverTheTime) {
  ShareQuestion question = kQuestion;
  question.until_deadline = 1us;
  question.least = 1100;
  EXPECT_EQ(ExcessOfShare(question), 0);
}

TEST(FairShare, BeyondTheHorizonTimeDoesNotCount) {
  ShareQuestion question = kQuestion;
  question.until_deadline = 100s;
  question.horizon = 200ms;
  EXPECT_EQ(ExcessOfShare(question), 100);
}

TEST(ClientTable, CountsWhoAskedInTheLastSecond) {
  ClientTable table;
  table.See(0s, 7, 0);
  table.See(500ms, 8, 0);
  table.See(600ms, 7, 0);
  EXPECT_EQ(table.Seen(1s, 0), 2);
  EXPECT_EQ(table.Seen(1550ms, 0), 1);
  EXPECT_EQ(table.Seen(3s, 0), 0);
}

TEST(ClientTable, CountsThoseOfEachQueueApart) {
  ClientTable table;
  EXPECT_EQ(table.See(0s, 7, 0), table.See(0s, 7, 1));
  table.See(500ms, 8, 1);
  EXPECT_EQ(table.Seen(1s, 0), 1);
  EXPECT_EQ(table.Seen(1s, 1), 2);
  EXPECT_EQ(table.Seen(1200ms, 0), 0);
  EXPECT_EQ(table.Seen(1200ms, 1), 1);
}

TEST(ClientTable, KeepsTheQueuedCostOfEachQueueApart) {
  ClientTable table;
  const ClientTable::Place place = table.See(0s, 7, 0);
  table.Add(place, 0, 10);
  table.Add(place, 1, 5);
  table.Remove(place, 0, 4);
  EXPECT_EQ(table.queued(place, 0), 6);
  EXPECT_EQ(table.queued(table.See(1s, 7, 1), 1), 5);
}

TEST(ClientTable, HasABoundedNumberOfPlaces) {
  ClientTable table;
  for (std::uint64_t client = 0; client < 5000; ++client) {
    const ClientTable::Place place = table.See(0s, client, 0);
    EXPECT_LT(place, ClientTable::kMaxClients);
    table.Add(place, 0, 1);
  }
  EXPECT_EQ(table.Seen(0s, 0), static_cast<int>(ClientTable::kMaxClients));
}

TEST(ClientTable, PlacesOfClientsThatAreGoneAreGivenAway) {
  ClientTable table;
  for (std::uint64_t client = 0; client < 1024; ++client) table.See(0s, client, client % 2);
  const ClientTable::Place place = table.See(5s, 1'000'000, 0);
  table.Add(place, 0, 3);
  EXPECT_EQ(table.See(6s, 1'000'000, 0), place);
  EXPECT_EQ(table.Seen(6s, 0), 1);
  EXPECT_EQ(table.Seen(6s, 1), 0);
}

}  // namespace
}  // namespace shoal
