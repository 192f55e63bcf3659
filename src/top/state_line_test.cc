#include "top/state_line.h"

#include <gtest/gtest.h>

#include <functional>

namespace shoal {
namespace {

TopState Healthy() {
  TopState state{.address = "here:3000", .recent = ByVerdict{}};
  state.snapshot = ShownSnapshot{
      .state = "ready", .requests_rate = 103, .texts_rate = 412, .latency = ShownTimes{.p99 = 38}};
  state.snapshot->requests[0] = 1000;
  (*state.recent)[0] = 103;
  for (const char* id : {"vm-0", "vm-1", "vm-2"}) {
    state.snapshot->workers.push_back({.id = id, .state = "ready", .attached = true});
  }
  return state;
}

void Set(TopState& state, Verdict verdict, double rate) {
  (*state.recent)[static_cast<std::size_t>(verdict)] = rate;
}

void Lose(TopState& state, std::size_t worker) {
  state.snapshot->workers[worker].state = "lost";
  state.snapshot->workers[worker].attached = false;
}

struct Case {
  const char* text;
  Health health;
  std::function<void(TopState&)> change;
};

const Case kServing[] = {
    {"Healthy: 3 workers, 412 texts/s, p99 38 ms, nothing refused", Health::kGood,
     [](TopState&) {}},
    {"Healthy: 3 workers, 412 texts/s, p99 38 ms, 2 requests/s refused for their mistakes",
     Health::kGood, [](TopState& s) { Set(s, Verdict::kInvalidUtf8, 2); }},
    {"Healthy: 3 workers, 412 texts/s, p99 38 ms, nothing refused", Health::kGood,
     [](TopState& s) { Set(s, Verdict::kCancelled, 9); }},
    {"Healthy: 3 workers, nothing asked in the last 10 s", Health::kGood,
     [](TopState& s) {
       s.snapshot->requests_rate = 0;
       Set(s, Verdict::kOk, 0);
     }},
    {"Ready, nothing sent yet: 3 workers waiting", Health::kGood,
     [](TopState& s) {
       s.snapshot->requests_rate = 0;
       s.snapshot->requests = {};
       s.recent.reset();
     }},
    {"Healthy, 1 of 3 workers out by request: 2 of 3 workers serve, 412 texts/s, p99 38 ms, "
     "nothing refused",
     Health::kGood, [](TopState& s) { s.snapshot->workers[1].state = "drained"; }},
    {"Healthy, 1 of 3 workers starting: 2 of 3 workers serve, 412 texts/s, p99 38 ms, "
     "nothing refused",
     Health::kGood, [](TopState& s) { s.snapshot->workers[1].state = "starting"; }},
    {"Refusing: 3 workers, 412 texts/s, p99 38 ms, 5 requests/s refused", Health::kWarning,
     [](TopState& s) {
       s.recent.reset();
       s.snapshot->refused_rate = 5;
     }},
};

const Case kTroubled[] = {
    {"Overloaded, 3.0 times capacity: 412 texts/s answered in time, 824 texts/s refused at once",
     Health::kBad,
     [](TopState& s) {
       s.counts_texts = true;
       s.times_capacity = 3;
       Set(s, Verdict::kOk, 412);
       Set(s, Verdict::kOverloaded, 800);
       Set(s, Verdict::kRateLimited, 24);
     }},
    {"Overloaded, vm-1 lost: 103 requests/s answered in time, 7 requests/s refused at once",
     Health::kBad,
     [](TopState& s) {
       Set(s, Verdict::kDeadlineUnserviceable, 7);
       Lose(s, 1);
     }},
    {"Failing: 4 requests/s failed (internal), 3 workers, 412 texts/s, p99 38 ms, nothing refused",
     Health::kBad,
     [](TopState& s) {
       Set(s, Verdict::kInternal, 3);
       Set(s, Verdict::kPoisonInput, 1);
     }},
    {"Degraded: vm-1 lost, 2 of 3 workers serve, 412 texts/s, p99 38 ms, nothing refused",
     Health::kWarning, [](TopState& s) { Lose(s, 1); }},
    {"Degraded: vm-2 late with its work, 3 workers, 412 texts/s, p99 38 ms, nothing refused",
     Health::kWarning, [](TopState& s) { s.snapshot->workers[2].state = "late"; }},
    {"Not serving: none of 3 workers serves, vm-0, vm-1 and 1 more lost", Health::kBad,
     [](TopState& s) {
       for (std::size_t i = 0; i < 3; ++i) Lose(s, i);
     }},
    {"Not serving: no worker has attached yet", Health::kBad,
     [](TopState& s) { s.snapshot->workers.clear(); }},
    {"Ending: takes nothing new, 1 request to answer", Health::kWarning,
     [](TopState& s) {
       s.snapshot->state = "draining";
       s.snapshot->in_flight = 1;
     }},
    {"No contact with here:3000 for 23 s; this is how it was at 12:03:04", Health::kUnknown,
     [](TopState& s) {
       s.no_contact = "cannot connect";
       s.silent_seconds = 23;
       s.answered_unix_second = 43'384;
     }},
    {"No contact with here:3000 yet", Health::kUnknown,
     [](TopState& s) {
       s.no_contact = "cannot connect";
       s.snapshot.reset();
     }},
    {"Asking here:3000", Health::kUnknown, [](TopState& s) { s.snapshot.reset(); }},
};

void Check(const Case& c) {
  TopState state = Healthy();
  c.change(state);
  const StateLine line = DescribeState(state);
  EXPECT_EQ(line.text, c.text);
  EXPECT_EQ(line.health, c.health) << c.text;
}

TEST(StateLine, SaysHowAServerServes) {
  for (const Case& c : kServing) Check(c);
}

TEST(StateLine, SaysWhatIsWrong) {
  for (const Case& c : kTroubled) Check(c);
}

}  // namespace
}  // namespace shoal
