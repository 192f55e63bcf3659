#include "server/turned_away_log.h"

#include "base/utf8.h"
#include "telemetry/log.h"

namespace shoal {
namespace {

constexpr std::size_t kMostOfWhy = 300;  // a stranger may have written it

}  // namespace

void TurnedAwayLog::Add(const TurnedAway& who) {
  peer_ = who.peer;
  why_ = Shortened(who.why, kMostOfWhy);
  if (const auto count = count_.Add()) Say(*count);
}

void TurnedAwayLog::SayRest() {
  if (const auto count = count_.TakeRest()) Say(*count);
}

void TurnedAwayLog::Say(std::uint64_t count) const {
  LogWarn("worker.turned_away", "connections to the worker port were turned away",
          {{"peer", peer_},
           {"count", static_cast<std::int64_t>(count)},
           ExcInfo(FailedPreconditionError(why_))});
}

std::string Shortened(std::string_view text, std::size_t size) {
  if (text.size() <= size) return std::string(text);
  return std::string(CutUtf8(text, size)) + "...";
}

}  // namespace shoal
