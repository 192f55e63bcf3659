#include "load/live_view.h"

#include <algorithm>
#include <string>
#include <utility>

#include "load/figure_text.h"
#include "load/load_run.h"
#include "terminal/progress.h"
#include "terminal/sparkline.h"

namespace shoal {
namespace {

using std::chrono::microseconds;

constexpr int kNameCells = 10;
constexpr int kNowCells = 9;
constexpr int kBarCells = 20;

std::string ClockText(microseconds time) {
  const auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  const std::int64_t seconds = std::max<std::int64_t>(time.count(), 0) / 1'000'000;
  const std::string end = two(seconds % 60);
  if (seconds < 3600) return std::to_string(seconds / 60) + ":" + end;
  return std::to_string(seconds / 3600) + ":" + two(seconds / 60 % 60) + ":" + end;
}

FrameLine Named(const std::string& name) { return {{LeftIn(name, kNameCells), Look::kFaint}}; }

// What does not fit is cut.
FrameLine Fitted(const FrameLine& line, int columns, CharacterSet set) {
  FrameLine fitted;
  int left = columns;
  for (const Span& span : line) {
    if (left <= 0) break;
    fitted.push_back({Clipped(span.text, left, set), span.look});
    left -= CellsOf(fitted.back().text);
  }
  return fitted;
}

}  // namespace

LiveView::Second& LiveView::At(microseconds time) {
  const std::size_t index = SecondOf(time);
  if (seconds_.size() <= index) seconds_.resize(index + 1);
  return seconds_[index];
}

void LiveView::Count(const LoadSample& sample) {
  const SampleVerdict verdict = VerdictOf(sample, deadline_);
  CountVerdict(verdict, totals_);
  totals_.wrong += verdict == SampleVerdict::kWrong;
  Second& second = At(sample.answered);
  ++second.answered;
  second.good += verdict == SampleVerdict::kGood;
  if (sample.code == StatusCode::kOk && !sample.cancelled && !second.latency) {
    second.latencies.push_back(sample.answered - sample.intended);
  }
}

// A second is over once the next one is told of: answers are told in the order in which they came,
// but for some that came just before the last telling.
void LiveView::CloseBefore(std::size_t index) {
  for (; closed_ < std::min(index, seconds_.size()); ++closed_) {
    Second& second = seconds_[closed_];
    if (!second.latencies.empty()) second.latency = PercentilesOf(second.latencies);
    second.latencies = {};
  }
}

void LiveView::Add(const LoadProgress& progress) {
  At(progress.elapsed).sent += progress.sent - sent_;
  for (const LoadSample& sample : progress.answers) Count(sample);
  elapsed_ = progress.elapsed;
  sent_ = progress.sent;
  answered_ = progress.answered;
  CloseBefore(SecondOf(elapsed_));
}

const LiveView::Second* LiveView::LastWhole() const {
  return closed_ == 0 ? nullptr : &seconds_[closed_ - 1];
}

FrameLine LiveView::HeadLine(CharacterSet set) const {
  const double share = std::clamp(Seconds(elapsed_) / std::max(Seconds(duration_), 1e-6), 0.0, 1.0);
  const auto filled = static_cast<std::size_t>(share * kBarCells);
  const std::string full = set == CharacterSet::kUtf8 ? "━" : "#";
  const std::string empty = set == CharacterSet::kUtf8 ? "─" : ".";
  std::string bar;
  for (std::size_t i = 0; i < kBarCells; ++i) bar += i < filled ? full : empty;
  FrameLine line = {{"load      ", Look::kBold}};
  line.push_back({ClockText(elapsed_) + " of " + ClockText(duration_)});
  line.push_back({"  " + bar + "  ", Look::kFaint});
  line.push_back({Grouped(answered_) + " answered, " + Grouped(sent_ - answered_) + " in flight"});
  if (elapsed_.count() < 0) line.push_back({", warming up", Look::kFaint});
  if (elapsed_ > duration_) line.push_back({", nothing more is sent", Look::kFaint});
  return line;
}

template <typename Value>
FrameLine LiveView::Row(const std::string& name, const std::string& now, int columns,
                        CharacterSet set, Value value) const {
  FrameLine line = Named(name);
  line.push_back({RightIn(now, kNowCells, set) + "  "});
  const auto room = static_cast<std::size_t>(std::max(0, columns - kNameCells - kNowCells - 2));
  std::vector<std::optional<double>> values;
  for (std::size_t i = closed_ - std::min(closed_, room); i < closed_; ++i) {
    values.push_back(value(seconds_[i]));
  }
  line.push_back({Sparkline(values, set)});
  return line;
}

FrameLine LiveView::LatencyLine() const {
  FrameLine line = Named("latency");
  const Second* const last = LastWhole();
  if (last == nullptr || !last->latency) {
    line.push_back({last == nullptr ? "not known yet" : "no answer in the last second"});
    return line;
  }
  const std::pair<const char*, double> figures[] = {{"p50 ", last->latency->p50},
                                                    {"p90 ", last->latency->p90},
                                                    {"p99 ", last->latency->p99},
                                                    {"slowest ", last->latency->max}};
  for (const auto& [name, time] : figures) {
    line.push_back({name, Look::kFaint});
    line.push_back({TimeText(time) + "  "});
  }
  line.push_back({"in the last second", Look::kFaint});
  return line;
}

FrameLine LiveView::VerdictLine() const {
  FrameLine line = Named("verdicts");
  const auto add = [&line](const char* name, std::uint64_t count, Look look, bool always) {
    if (count == 0 && !always) return;
    line.push_back({std::string(name) + " ", Look::kFaint});
    line.push_back({Grouped(count) + "  ", count == 0 ? Look::kFaint : look});
  };
  const bool has_deadline = deadline_.count() > 0;
  add(has_deadline ? "in time" : "answered", totals_.good, Look::kBold, true);
  add("late", totals_.late, Look::kRed, has_deadline);
  add("refused", totals_.refused, Look::kYellow, true);
  add("failed", totals_.failed, Look::kRed, true);
  add("wrong vectors", totals_.wrong, Look::kRed, false);
  add("cancelled", totals_.cancelled, Look::kPlain, false);
  return line;
}

Frame LiveView::Draw(int columns, CharacterSet set) const {
  const Second* const last = LastWhole();
  const double passed = std::max(Seconds(elapsed_), 1e-3);
  const auto rate = [&](std::uint64_t of_last, std::uint64_t so_far) {
    return RateText(last != nullptr ? static_cast<double>(of_last)
                                    : static_cast<double>(so_far) / passed) +
           "/s";
  };
  const bool has_times = last != nullptr && last->latency;
  const Frame frame = {
      HeadLine(set),
      Row("sent", rate(last != nullptr ? last->sent : 0, sent_), columns, set,
          [](const Second& second) { return std::optional(static_cast<double>(second.sent)); }),
      Row(deadline_.count() > 0 ? "in time" : "answered",
          rate(last != nullptr ? last->good : 0, totals_.good), columns, set,
          [](const Second& second) { return std::optional(static_cast<double>(second.good)); }),
      Row("p99", has_times ? TimeText(last->latency->p99) : "", columns, set,
          [](const Second& second) {
            return second.latency ? std::optional(second.latency->p99) : std::nullopt;
          }),
      LatencyLine(),
      VerdictLine()};
  Frame fitted;
  for (const FrameLine& line : frame) fitted.push_back(Fitted(line, columns, set));
  return fitted;
}

}  // namespace shoal
