#include "dashboard/event_stream.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "dashboard/operator_error.h"

namespace shoal {
namespace {

constexpr char kRetry[] = "retry: 2000\n\n";
constexpr char kPingText[] = ": ping\n\n";

}  // namespace

class EventStream::Follower final : public HttpWork {
 public:
  Follower(EventStream& stream, RouteCall call) : stream_(stream), call_(std::move(call)) {}
  ~Follower() override { stream_.Leave(*this); }

  void Begin(std::string first) {
    call_.Begin({.headers = {{"Content-Type", "text/event-stream"}, {"X-Accel-Buffering", "no"}},
                 .body = std::move(first)});
  }
  void Send(std::string_view text) { call_.reply().Send(text); }
  void Finish() { call_.reply().Finish(); }
  void Cut() { call_.reply().Cut(); }
  bool IsSlow() { return call_.reply().unsent_bytes() > kMostUnsent; }

 private:
  EventStream& stream_;
  RouteCall call_;
};

std::unique_ptr<HttpWork> EventStream::Open(RouteCall call, TimePoint now) {
  if (followers_.size() >= kMostFollowers) {
    call.Answer(
        AnswerOf({.status = 503,
                  .code = "too_many_streams",
                  .message = "found " + std::to_string(kMostFollowers) +
                             " who follow the events already, which is the limit; close one, "
                             "or ask for GET /api/v1/snapshot"}));
    return nullptr;
  }
  if (call.request.method == "HEAD") {
    call.Answer({.headers = {{"Content-Type", "text/event-stream"}}});
    return nullptr;
  }
  if (followers_.empty()) {
    Update(now);
    next_delta_ = NextDelta(now);
    next_ping_ = now + kPing;
  }
  std::string first = Begin(call.request.headers.Find("last-event-id").value_or(""));
  auto follower = std::make_unique<Follower>(*this, std::move(call));
  followers_.push_back(follower.get());
  count_ = followers_.size();
  follower->Begin(std::move(first));
  return follower;
}

std::string EventStream::Begin(std::string_view last_id) const {
  std::string text = kRetry;
  if (!AppendSince(last_id, text)) text += Event("snapshot", current_.Text());
  return text;
}

// False: what came since is not known any more.
bool EventStream::AppendSince(std::string_view last_id, std::string& to) const {
  const std::size_t dash = life_.size();
  if (!last_id.starts_with(life_) || last_id.substr(dash, 1) != "-") return false;
  const std::string_view digits = last_id.substr(dash + 1);
  std::uint64_t last = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), last);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return false;
  if (last > version_ || version_ - last > events_.size()) return false;
  for (std::size_t i = events_.size() - static_cast<std::size_t>(version_ - last);
       i < events_.size(); ++i) {
    to += events_[i];
  }
  return true;
}

std::string EventStream::Event(std::string_view kind, std::string_view data) const {
  std::string text = "id: " + life_ + "-" + std::to_string(version_) + "\nevent: ";
  text.append(kind).append("\ndata: ").append(data).append("\n\n");
  return text;
}

EventStream::TimePoint EventStream::NextDelta(TimePoint now) const {
  return std::chrono::floor<std::chrono::seconds>(now - phase_) + kPeriod + phase_;
}

EventStream::TimePoint EventStream::Turn(TimePoint now) {
  if (followers_.empty()) return TimePoint::max();
  const TimePoint at_once = last_update_ + kLeastGap;
  if (now >= next_delta_ || (changed_ && now >= at_once)) Update(now);
  if (now >= next_delta_) next_delta_ = NextDelta(now);
  if (now >= next_ping_) {
    SendAll(kPingText);
    next_ping_ = now + kPing;
  }
  DropSlow();
  if (followers_.empty()) return TimePoint::max();
  const TimePoint next = std::min(next_delta_, next_ping_);
  return changed_ ? std::min(next, at_once) : next;
}

void EventStream::Update(TimePoint now) {
  changed_ = false;
  last_update_ = now;
  StateTree state = state_(now);
  const std::optional<std::string> patch =
      version_ == 0 ? state.Text() : MergePatch(current_, state);
  if (!patch) return;
  ++version_;
  current_ = std::move(state);
  if (version_ == 1) return;  // nobody has had anything that this would change
  events_.push_back(Event("delta", *patch));
  if (events_.size() > kKeptEvents) events_.pop_front();
  SendAll(events_.back());
}

void EventStream::SendAll(std::string_view text) {
  for (Follower* const follower : followers_) follower->Send(text);
}

void EventStream::DropSlow() {
  for (std::size_t i = followers_.size(); i-- > 0;) {
    Follower& follower = *followers_[i];
    if (!follower.IsSlow()) continue;
    ++dropped_;
    Leave(follower);
    follower.Cut();
  }
}

void EventStream::Leave(Follower& follower) {
  std::erase(followers_, &follower);
  count_ = followers_.size();
}

void EventStream::EndAll(TimePoint now) {
  if (followers_.empty()) return;
  Update(now);
  for (Follower* const follower : std::exchange(followers_, {})) follower->Finish();
  count_ = 0;
}

}  // namespace shoal
