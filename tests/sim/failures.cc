#include "failures.h"

namespace shoal::sim {

const char* Sentence(int number) {
  constexpr const char* kSentences[] = {
      "nothing is broken",
      "every request gets exactly one answer, none is lost, nothing comes after it",
      "OK means one vector per text, its own, in order",
      "no execution starts after its deadline or after a cancel that had arrived",
      "with exact times and no faults nothing that was admitted is late (one in a hundred for "
      "one lane, and for what needs more than the lane that is idle)",
      "per attachment and lane no more is sent than was granted, and at most two batches are there",
      "queues keep within items and bytes, an urgent request waits at most 1 s or 4 S as predicted",
      "a text is tried at most three times, at two workers only by second attempt, recall or "
      "orphan",
      "second attempts keep to their budget and, while work waits, to their last moment",
      "no batch holds what cannot be done in time, and order in a queue is kept up to a bucket",
      "back-pressure, a pause or being alone never cost a worker its place",
      "a poison text takes down three workers once it is known; random kills ban nobody",
      "a drain loses nothing, and who drains gets no work",
      "messages of an old attachment change nothing",
      "timers armed are those that fired, were disarmed or are still open",
      "a client with work gets 80 % of its share (over 10 s)",
      "patient work gets a quarter of the cost and bulk a twentieth (over 10 s)",
      "the queue empties once faults stop: cost / speed, and a fifth",
      "a live worker is usable within 3 s",
      "two seconds after trouble goodput is 95 % of the load (a window of seconds)",
      "admission sees the pool as the results make it: speed, batch time, round trip",
      "an idle lane that looks slow is probed within 1.1 s, no other lane ever",
  };
  constexpr int kCount = static_cast<int>(sizeof kSentences / sizeof kSentences[0]);
  return number < kCount ? kSentences[number] : "?";
}

}  // namespace shoal::sim
