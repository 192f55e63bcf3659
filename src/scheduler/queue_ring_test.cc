#include "scheduler/queue_ring.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "base/rng.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

constexpr microseconds kWidth = 10ms;

struct Numbered : QueueNode {
  int number = 0;
};

void Push(QueueRing& ring, Numbered& node, int number, microseconds key, Cost cost = 1,
          LatestStart latest = {1h, 1h}) {
  node.number = number;
  node.bucket = ring.BucketOf(key);
  node.cost = cost;
  node.latest = latest;
  ring.PushBack(node);
}

std::vector<int> Order(const QueueRing& ring) {
  std::vector<int> numbers;
  for (QueueNode* node = ring.First(); node != nullptr; node = ring.Next(*node)) {
    numbers.push_back(static_cast<Numbered*>(node)->number);
  }
  return numbers;
}

TEST(QueueRing, ServesByKeyAndFirstComeInsideABucket) {
  QueueRing ring(kWidth);
  Numbered a, b, c, d;
  Push(ring, a, 1, 25ms);
  Push(ring, b, 2, 21ms);
  Push(ring, c, 3, 5ms);
  Push(ring, d, 4, 100s);
  EXPECT_EQ(Order(ring), (std::vector<int>{3, 1, 2, 4}));
}

TEST(QueueRing, WhoComesBackStandsFirstInItsOldBucket) {
  QueueRing ring(kWidth);
  Numbered a, b, c;
  Push(ring, a, 1, 15ms);
  Push(ring, b, 2, 15ms);
  Push(ring, c, 3, 5ms);
  ring.Erase(b);
  ring.PushFront(b);
  EXPECT_EQ(Order(ring), (std::vector<int>{3, 2, 1}));
}

TEST(QueueRing, ThePastSharesTheFirstBucketInOrder) {
  QueueRing ring(kWidth);
  Numbered a, b, c, d;
  Push(ring, a, 1, 35ms);
  Push(ring, b, 2, 15ms);
  Push(ring, c, 3, 65ms);
  ring.Advance(60ms);
  EXPECT_EQ(Order(ring), (std::vector<int>{2, 1, 3}));
  Push(ring, d, 4, 20ms);  // of the past
  EXPECT_EQ(Order(ring), (std::vector<int>{2, 1, 3, 4}));
  ring.Erase(a);
  EXPECT_EQ(ring.CostThrough(ring.first_bucket()), 3);
}

TEST(QueueRing, CostThroughCountsItsOwnBucket) {
  QueueRing ring(kWidth);
  Numbered a, b, c;
  Push(ring, a, 1, 5ms, 10);
  Push(ring, b, 2, 15ms, 20);
  Push(ring, c, 3, 25ms, 40);
  EXPECT_EQ(ring.CostThrough(ring.BucketOf(15ms)), 30);
  EXPECT_EQ(ring.cost(), 70);
}

TEST(QueueRing, RoomIsWhatTheWorstOfThoseBehindCanSpare) {
  QueueRing ring(kWidth);
  Numbered a, b;
  Push(ring, a, 1, 15ms, 100, {.normal = 50us, .high = 80us});
  Push(ring, b, 2, 25ms, 100, {.normal = 400us, .high = 400us});
  RoomQuestion question = {.bucket = 0, .cost = 50, .start = 0us, .speed = 1, .batch_cost = 100};
  EXPECT_EQ(ring.RoomShortfall(question), 0us);  // a starts at 50, b at 150
  question.cost = 60;
  EXPECT_EQ(ring.RoomShortfall(question), 10us);
  question.high = true;
  EXPECT_EQ(ring.RoomShortfall(question), 0us);
  question.bucket = ring.BucketOf(15ms);  // behind a: only b could suffer
  question.cost = 299;
  EXPECT_EQ(ring.RoomShortfall(question), 0us);
  question.cost = 301;
  EXPECT_EQ(ring.RoomShortfall(question), 1us);
}

TEST(QueueRing, BehavesLikeASortedListUnderRandomUse) {
  Rng rng(7);
  QueueRing ring(kWidth);
  std::vector<Numbered> nodes(300);
  std::map<std::pair<std::int64_t, std::int64_t>, int> model;  // (bucket, rank) -> number
  std::vector<std::pair<std::int64_t, std::int64_t>> place(nodes.size());
  std::int64_t rank = 0;
  microseconds now{0};
  for (int step = 0; step < 20'000; ++step) {
    Numbered& node = nodes[rng.Below(nodes.size())];
    const auto number = static_cast<std::size_t>(&node - nodes.data());
    if (node.queued) {
      ring.Erase(node);
      model.erase(place[number]);
    } else {
      Push(ring, node, static_cast<int>(number), now + microseconds(rng.Below(7'000'000)),
           static_cast<Cost>(rng.Below(100)));
      place[number] = {node.bucket, ++rank};
      model[place[number]] = static_cast<int>(number);
    }
    if (rng.Below(10) != 0) continue;
    now += microseconds(rng.Below(100'000));
    ring.Advance(now);
    std::vector<int> expected;
    Cost cost = 0;
    // What is past was in order when it was folded, and newcomers of the past come behind it.
    for (const auto& [key, value] : model) {
      expected.push_back(value);
      cost += nodes[static_cast<std::size_t>(value)].cost;
    }
    ASSERT_EQ(Order(ring), expected);
    ASSERT_EQ(ring.cost(), cost);
    ASSERT_EQ(ring.CostThrough(ring.first_bucket() + QueueRing::kBuckets), cost);
    ASSERT_EQ(ring.size(), model.size());
  }
}

}  // namespace
}  // namespace shoal
