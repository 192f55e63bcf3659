// Time is cut into buckets of 250 ms; the window consists of whole ones, the open one is left out.
// Before the first arrival it was quiet.
#include "scheduler/offered_load.h"

#include <algorithm>
#include <cmath>

namespace shoal {

using std::chrono::microseconds;

namespace {

// A change is more than so many deviations: by chance alone that comes a few times an hour.
constexpr double kDeviations = 3;

}  // namespace

bool OfferedLoad::Arrived(microseconds now, const OfferedCall& call) {
  Advance(now);
  const bool known = refused_.Take(now, call.key);
  if (known || call.says_retry) return false;
  Sum& bucket = Bucket(open_);
  const auto cost = static_cast<double>(call.cost);
  bucket.cost += cost;
  bucket.squares += cost * cost;
  return true;
}

void OfferedLoad::Correct(microseconds now, Cost estimate, Cost exact) {
  Advance(now);
  Sum& bucket = Bucket(open_);
  const auto before = static_cast<double>(estimate);
  const auto after = static_cast<double>(exact);
  bucket.cost += after - before;
  bucket.squares += after * after - before * before;
}

void OfferedLoad::Refused(microseconds now, std::uint64_t key) { refused_.Add(now, key); }

OfferedRate OfferedLoad::Rate(microseconds now) {
  Advance(now);
  const std::int64_t begin = WindowBegin();
  const Sum sum = SumFrom(begin);
  const double us = static_cast<double>((open_ - begin) * kWidth.count());
  return {.per_us = std::max(0.0, sum.cost / us),
          .deviation = std::sqrt(std::max(0.0, sum.squares)) / us};
}

void OfferedLoad::Advance(microseconds now) {
  const std::int64_t number = now / kWidth;
  if (!started_) {
    started_ = true;
    open_ = number;
    cut_ = number - kLongest;
  }
  if (number - open_ > kLongest) {  // so long that nothing of before counts
    buckets_.fill({});
    open_ = number;
  }
  while (open_ < number) CloseBucket();
}

void OfferedLoad::CloseBucket() {
  ++open_;
  Bucket(open_) = {};
  CutIfChanged();
}

void OfferedLoad::CutIfChanged() {
  const std::int64_t begin = WindowBegin();
  const std::int64_t recent_begin = open_ - kRecent;
  if (begin == recent_begin) return;
  const Sum recent = SumFrom(recent_begin);
  const Sum all = SumFrom(begin);
  const auto short_time = static_cast<double>(kRecent);
  const auto long_time = static_cast<double>(open_ - begin);
  const double difference = recent.cost / short_time - all.cost / long_time;
  const double squares = std::max(recent.squares / short_time, all.squares / long_time);
  // Of the difference between a mean and that of its own last part.
  const double variance = squares * (1 / short_time - 1 / long_time);
  if (difference * difference > kDeviations * kDeviations * variance) cut_ = open_;
}

OfferedLoad::Sum& OfferedLoad::Bucket(std::int64_t number) {
  constexpr auto kCount = static_cast<std::int64_t>(kLongest + 1);
  return buckets_[static_cast<std::size_t>((number % kCount + kCount) % kCount)];
}

std::int64_t OfferedLoad::WindowBegin() const {
  return std::clamp(cut_, open_ - kLongest, open_ - kRecent);
}

OfferedLoad::Sum OfferedLoad::SumFrom(std::int64_t begin) {
  Sum sum;
  for (std::int64_t number = begin; number < open_; ++number) {
    const Sum& bucket = Bucket(number);
    sum.cost += bucket.cost;
    sum.squares += bucket.squares;
  }
  return sum;
}

}  // namespace shoal
