#include "dashboard/second_events.h"

#include <string>

namespace shoal {
namespace {

constexpr std::int64_t kSecondMs = 1000;

std::string Texts(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " text" : " texts");
}

RecentEvent Begun(const SecondSample& second, std::string_view reason, std::uint64_t texts) {
  return {.kind = EventKind::kRefusing,
          .text = "texts are refused as " + std::string(reason) + ": " + std::to_string(texts) +
                  " in one second",
          .reason = reason,
          .unix_ms = second.unix_ms};
}

RecentEvent Ended(const SecondSample& second, std::string_view reason, std::uint64_t texts) {
  return {.kind = EventKind::kRefusingEnded,
          .text = "texts are refused as " + std::string(reason) + " no more: none for " +
                  std::to_string(SecondEvents::kQuietSeconds) + " s, after " + Texts(texts),
          .reason = reason,
          .unix_ms = second.unix_ms + kSecondMs};
}

RecentEvent Banned(const SecondSample& second) {
  const bool is_one = second.poison_bans == 1;
  return {.kind = EventKind::kPoison,
          .text = (is_one ? "a text" : Texts(second.poison_bans)) +
                  " took several workers down and " + (is_one ? "is" : "are") +
                  " refused for ten minutes",
          .unix_ms = second.unix_ms};
}

}  // namespace

std::vector<RecentEvent> SecondEvents::Look(const SecondSample& second) {
  std::vector<RecentEvent> events;
  for (std::size_t i = 0; i < refusing_.size(); ++i) {
    if (!LiesWithServer(static_cast<Verdict>(i))) continue;
    const std::string_view reason = Name(static_cast<Verdict>(i));
    const std::uint64_t texts = second.texts[i];
    Refusing& refusing = refusing_[i];
    if (texts > 0) {
      if (refusing.texts == 0) events.push_back(Begun(second, reason, texts));
      refusing = {.texts = refusing.texts + texts};
    } else if (refusing.texts > 0 && ++refusing.quiet_seconds == kQuietSeconds) {
      events.push_back(Ended(second, reason, refusing.texts));
      refusing = {};
    }
  }
  if (second.poison_bans > 0) events.push_back(Banned(second));
  return events;
}

bool LiesWithServer(Verdict refusal) {
  if (OutcomeOf(refusal) != Outcome::kRefused) return false;
  return MayRetry(refusal) || refusal == Verdict::kDeadlineUnserviceable;
}

}  // namespace shoal
