#include "dashboard/history.h"

#include <algorithm>
#include <utility>

namespace shoal {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kMillisecondsPerSecond = 1000;
// The machine's time was set if it is further off than that.
constexpr std::int64_t kMostDrift = 500;

}  // namespace

std::size_t History::Take(TimePoint now, std::int64_t now_unix_ms, CallTally& tally,
                          DashboardFigures figures) {
  if (now < due()) return 0;
  to_unix_ms_ = ToUnixMs(
      to_unix_ms_, now_unix_ms - std::chrono::floor<milliseconds>(now.time_since_epoch()).count());
  const std::int64_t last = CallTally::SecondOf(now - kSettle) - 1;
  tally.Close(last);
  const std::int64_t first = std::max(next_, last - kKept + 1);
  for (std::int64_t number = first; number <= last; ++number) {
    const CallFigures* const calls = tally.Find(number);
    SecondSample second = SampleOf(figures_, number < last ? figures_ : figures,
                                   calls == nullptr ? CallFigures() : *calls);
    second.unix_ms = number * kMillisecondsPerSecond + to_unix_ms_;
    Add(second);
  }
  figures_ = std::move(figures);
  next_ = last + 1;
  return static_cast<std::size_t>(last - first + 1);
}

void History::Add(const SecondSample& sample) {
  StateTree tree;
  AddSecond(sample, tree);
  Second second{.sample = sample, .json = tree.Text()};
  if (size() < static_cast<std::size_t>(kKept)) {
    seconds_.push_back(std::move(second));
    return;
  }
  seconds_[oldest_] = std::move(second);
  oldest_ = (oldest_ + 1) % size();
}

std::string History::Json() const {
  std::string json = R"({"seconds":[)";
  for (std::size_t i = 0; i < size(); ++i) {
    if (i > 0) json.push_back(',');
    json += At(i).json;
  }
  return json += "]}";
}

std::int64_t ToUnixMs(std::int64_t before, std::int64_t measured) {
  const std::int64_t drift = measured - before;
  return -kMostDrift <= drift && drift <= kMostDrift ? before : measured;
}

}  // namespace shoal
