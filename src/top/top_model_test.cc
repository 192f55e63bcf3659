#include "top/top_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr auto kOk = static_cast<std::size_t>(Verdict::kOk);
constexpr auto kOverloaded = static_cast<std::size_t>(Verdict::kOverloaded);

// A server that is looked at again and again.
struct Looks {
  Looks() : model("here:1", 0, now) {}

  void Pass(std::chrono::milliseconds time) {
    now.when += time;
    now.unix_ms += time.count();
  }
  void Look(ShownSnapshot snapshot) { model.Answered(std::move(snapshot), now); }

  TopMoment now{.when = std::chrono::steady_clock::time_point(1000s), .unix_ms = 1'000'000};
  TopModel model;
};

ShownSnapshot Served(double requests, double refused = 0) {
  ShownSnapshot snapshot{.coordinator_id = "c", .state = "ready"};
  snapshot.requests[kOk] = requests;
  snapshot.requests[kOverloaded] = refused;
  snapshot.texts = requests * 2;
  return snapshot;
}

ShownSecond SecondAt(std::int64_t unix_second, double ok, double overloaded = 0) {
  ShownSecond second{.unix_second = unix_second, .offered_cost = 30, .capacity_cost = 10};
  second.texts[kOk] = ok;
  second.texts[kOverloaded] = overloaded;
  return second;
}

TEST(TopModel, TwoLooksMakeASecondOfTheCurves) {
  Looks looks;
  looks.Look(Served(10));
  EXPECT_THAT(looks.model.state().seconds, SizeIs(0));
  looks.Pass(1s);
  looks.Look(Served(15, 3));
  ASSERT_THAT(looks.model.state().seconds, SizeIs(1));
  const TopSecond& second = looks.model.state().seconds[0];
  EXPECT_EQ(second.requests, 8);
  EXPECT_EQ(second.texts, 10);
  EXPECT_EQ(second.refused, 3);
  EXPECT_EQ((*looks.model.state().recent)[kOverloaded], 3);
}

TEST(TopModel, LooksThatAreFarApartFillTheSecondsBetween) {
  Looks looks;
  looks.Look(Served(0));
  looks.Pass(5s);
  looks.Look(Served(50));
  ASSERT_THAT(looks.model.state().seconds, SizeIs(5));
  EXPECT_EQ(looks.model.state().seconds[4].requests, 10);
  looks.Pass(200ms);
  looks.Look(Served(60));
  EXPECT_THAT(looks.model.state().seconds, SizeIs(5));
}

TEST(TopModel, TheServersHistoryIsTheBeginAndItsSecondsGoOn) {
  Looks looks;
  EXPECT_TRUE(looks.model.wants_history());
  looks.model.HistoryCame({SecondAt(998, 1), SecondAt(999, 2)});
  EXPECT_FALSE(looks.model.wants_history());
  ShownSnapshot snapshot = Served(3);
  snapshot.second = SecondAt(1000, 4, 8);
  looks.Look(snapshot);
  looks.Look(snapshot);  // the same second again
  ASSERT_THAT(looks.model.state().seconds, SizeIs(3));
  EXPECT_TRUE(looks.model.state().counts_texts);
  EXPECT_EQ(looks.model.state().seconds[2].texts, 4);
  EXPECT_EQ(*looks.model.state().times_capacity, 3);
  EXPECT_FALSE(looks.model.wants_history());
  snapshot.second = SecondAt(1003, 4);
  looks.Look(snapshot);
  EXPECT_TRUE(looks.model.wants_history()) << "seconds are missing";
}

TEST(TopModel, AServerWithoutHistoryIsAskedForItOnce) {
  Looks looks;
  looks.model.HistoryCame({});
  EXPECT_FALSE(looks.model.wants_history());
  looks.model.Failed(UnavailableError("gone"), looks.now);
  EXPECT_TRUE(looks.model.wants_history()) << "another may answer next";
}

TEST(TopModel, AnotherProcessBeginsAtZero) {
  Looks looks;
  looks.Look(Served(100));
  looks.Pass(1s);
  ShownSnapshot other = Served(1);
  other.coordinator_id = "d";
  looks.Look(other);
  EXPECT_THAT(looks.model.state().seconds, SizeIs(0));
  EXPECT_FALSE(looks.model.state().recent.has_value());
}

TEST(TopModel, SilenceCountsFromTheLastAnswer) {
  Looks looks;
  looks.Look(Served(1));
  looks.Pass(23s);
  looks.model.Failed(UnavailableError("cannot connect"), looks.now);
  EXPECT_EQ(looks.model.state().no_contact, "cannot connect");
  EXPECT_EQ(looks.model.state().silent_seconds, 23);
  EXPECT_EQ(looks.model.state().answered_unix_second, 1000);
  looks.Look(Served(1));
  EXPECT_EQ(looks.model.state().no_contact, "");
}

TEST(TopModel, CpuIsOfOneProcessBetweenTwoLooks) {
  Looks looks;
  const auto with_cpu = [](double cpu_seconds, const char* incarnation) {
    ShownSnapshot snapshot = Served(0);
    snapshot.workers = {{.id = "vm-0", .incarnation = incarnation, .attached = true}};
    snapshot.workers[0].cpu_seconds = cpu_seconds;
    return snapshot;
  };
  const auto percent = [&] { return looks.model.state().snapshot->workers[0].cpu_percent; };
  looks.Look(with_cpu(10, "a"));
  EXPECT_FALSE(percent().has_value());
  looks.Pass(2s);
  looks.Look(with_cpu(11, "a"));
  EXPECT_EQ(percent(), 50);
  looks.Pass(2s);
  looks.Look(with_cpu(0, "b"));
  EXPECT_FALSE(percent().has_value());
}

}  // namespace
}  // namespace shoal
