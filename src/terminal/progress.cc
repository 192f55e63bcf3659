#include "terminal/progress.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace shoal {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kRedrawEvery = 100ms;
constexpr auto kLineEvery = 5s;
constexpr auto kMeasureEvery = 250ms;
constexpr double kHalfLife = 3;  // seconds
constexpr int kBarWidth = 20;

double Seconds(steady_clock::duration time) { return std::chrono::duration<double>(time).count(); }

// At most one decimal, and that only below 10.
std::string RateText(double rate) {
  if (rate >= 10) return Grouped(static_cast<std::uint64_t>(std::llround(rate)));
  const auto tenths = static_cast<std::uint64_t>(std::llround(rate * 10));
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

std::string ClockText(std::chrono::seconds time) {
  const auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  const std::int64_t seconds = time.count();
  if (seconds < 3600) return std::to_string(seconds / 60) + ":" + two(seconds % 60);
  return std::to_string(seconds / 3600) + ":" + two(seconds / 60 % 60) + ":" + two(seconds % 60);
}

}  // namespace

std::string Grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

Progress::Progress(ProgressOptions options, const Clock& clock, Write write)
    : options_(std::move(options)),
      clock_(clock),
      write_(std::move(write)),
      start_(clock.Now()),
      measured_at_(start_),
      shown_at_(start_) {}

void Progress::Update(std::uint64_t done) {
  done_ = done;
  const steady_clock::time_point now = clock_.Now();
  MeasureRate(now);
  const bool terminal = options_.style.is_terminal;
  if (now - shown_at_ < (terminal ? steady_clock::duration(kRedrawEvery) : kLineEvery)) return;
  shown_at_ = now;
  shown_ = true;
  write_(terminal ? "\r" + Bar() + "\x1b[K" : Line());
}

void Progress::Finish() {
  // What was over before anything needed to be shown needs no words either.
  if (!shown_) return;
  const double seconds = Seconds(clock_.Now() - start_);
  if (seconds > 0) rate_ = static_cast<double>(done_) / seconds;  // of the whole run
  write_(options_.style.is_terminal ? "\r" + Bar() + "\x1b[K\n" : Line());
}

void Progress::MeasureRate(steady_clock::time_point now) {
  const steady_clock::duration passed = now - measured_at_;
  if (passed < kMeasureEvery) return;
  const double latest = static_cast<double>(done_ - measured_done_) / Seconds(passed);
  const double keep = measured_at_ == start_ ? 0 : std::exp2(-Seconds(passed) / kHalfLife);
  rate_ = keep * rate_ + (1 - keep) * latest;
  measured_done_ = done_;
  measured_at_ = now;
}

std::optional<std::chrono::seconds> Progress::TimeLeft() const {
  if (!options_.total || rate_ <= 0 || done_ >= *options_.total) return std::nullopt;
  const double seconds = static_cast<double>(*options_.total - done_) / rate_;
  return std::chrono::seconds(static_cast<std::int64_t>(std::ceil(std::min(seconds, 1e9))));
}

std::string Progress::Bar() const {
  std::string text = options_.label + "  ";
  if (options_.total && *options_.total > 0) {
    const double share =
        std::min(1.0, static_cast<double>(done_) / static_cast<double>(*options_.total));
    const int filled = static_cast<int>(share * kBarWidth);
    text += "[" + std::string(static_cast<std::size_t>(filled), '#') +
            std::string(static_cast<std::size_t>(kBarWidth - filled), '.') + "]  " +
            std::to_string(static_cast<int>(share * 100)) + " %  ";
  }
  text += Grouped(done_);
  if (options_.total) text += "/" + Grouped(*options_.total);
  text += " " + options_.unit + "  " + RateText(rate_) + "/s";
  if (const auto left = TimeLeft()) text += "  ETA " + ClockText(*left);
  const auto width = static_cast<std::size_t>(std::max(1, options_.style.columns - 1));
  if (text.size() > width) text.resize(width);
  return text;
}

std::string Progress::Line() const {
  std::string text = options_.label + ": " + std::to_string(done_);
  if (options_.total) text += "/" + std::to_string(*options_.total);
  text += " " + options_.unit;
  if (options_.total && *options_.total > 0) {
    text +=
        " (" + std::to_string(std::min<std::uint64_t>(100, done_ * 100 / *options_.total)) + " %)";
  }
  text += ", " + RateText(rate_) + " " + options_.unit + "/s";
  if (const auto left = TimeLeft()) text += ", " + std::to_string(left->count()) + " s left";
  return text + "\n";
}

std::string Decimals(double number, int decimals) {
  std::array<char, 400> text;  // as long as the largest number is
  std::snprintf(text.data(), text.size(), "%.*f", decimals, number);
  return text.data();
}

}  // namespace shoal
