#include "dashboard/recent_events.h"

#include <array>

#include "base/utf8.h"
#include "json/writer.h"

namespace shoal {

std::string_view Name(EventKind kind) {
  constexpr std::array<std::string_view, 14> kNames = {
      "started",  "joined",  "returned", "lost",     "late",           "recovered",      "ejected",
      "draining", "drained", "resumed",  "refusing", "refusing_ended", "second_attempt", "poison"};
  static_assert(kNames.size() == static_cast<std::size_t>(EventKind::kPoison) + 1);
  return kNames[static_cast<std::size_t>(kind)];
}

void RecentEvents::Add(std::int64_t now_unix_ms, const RecentEvent& event) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject().Key("unix_ms").Int(event.unix_ms == 0 ? now_unix_ms : event.unix_ms);
  json.Key("kind").String(Name(event.kind));
  json.Key("text").String(CutUtf8(event.text, kMostOfText));
  if (!event.worker.empty()) {
    json.Key("worker").String(CutUtf8(event.worker, kMostOfId));
    json.Key("incarnation").String(event.incarnation);
  }
  if (!event.reason.empty()) json.Key("reason").String(event.reason);
  json.EndObject();
  events_.emplace_back(std::to_string(++last_), std::move(text));
  if (events_.size() > kKept) events_.pop_front();
}

void RecentEvents::AddTo(StateTree& to) const {
  for (const auto& [number, json] : events_) to.Json(number, json);
}

}  // namespace shoal
