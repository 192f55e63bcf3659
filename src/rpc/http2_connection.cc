#include "rpc/http2_connection.h"

#include <utility>

namespace shoal {
namespace {

using std::chrono::seconds;

constexpr seconds kGreetWithin{5};
constexpr seconds kPingAfter{60};      // of silence
constexpr seconds kSilence{80};        // the ping is not answered
constexpr seconds kIdle{600};          // without a call
constexpr seconds kHearOfGoAwayIn{1};  // else it is told the second time without
constexpr seconds kEndWithin{2};       // after all is sent
constexpr seconds kReadWithin{5};      // some of what waits, while we leave

// What is ready to be sent beyond what the socket takes.
constexpr std::size_t kOutbox = 128 << 10;

}  // namespace

Http2Connection::Http2Connection(SocketLoop& loop, Descriptor socket, CallPeer peer,
                                 ServerCall::Shared& shared, std::size_t& unsent, Events events)
    : loop_(loop),
      peer_(std::move(peer)),
      events_(std::move(events)),
      bytes_(ByteConnection::Start(
          loop, std::move(socket),
          {.received = [this](std::string_view bytes) { return Received(bytes); },
           .peer_ended = [] { return Status(); },
           .fill = [this](std::string& outbox) { return Fill(outbox); },
           .finished =
               [this] {
                 finished_ = loop_.Now();
                 if (!is_busy_) events_.finished();
               },
           .closed = [this](const Status&) { events_.closed(); }})),
      session_({.max_header_bytes = static_cast<std::uint32_t>(shared.limits.max_metadata_bytes),
                .make_request =
                    [this, &shared](Http2Session::StreamId id) {
                      return std::make_unique<ServerCall>(session_, id, shared, peer_);
                    },
                .wants_output = [this] { bytes_->SendSoon(); }},
               unsent),
      start_(loop.Now()),
      last_received_(start_),
      last_call_(start_),
      last_taken_(start_) {
  bytes_->SendSoon();  // our settings
}

Http2Connection::~Http2Connection() { bytes_->Drop(); }

Status Http2Connection::Received(std::string_view bytes) {
  last_received_ = loop_.Now();
  has_pinged_ = false;
  if (has_said_all_) return {};  // what a client still says to whom has gone
  bytes_->SendSoon();
  return session_.Receive(bytes);
}

bool Http2Connection::Fill(std::string& outbox) {
  if (has_said_all_) return false;
  const bool more = session_.TakeOutput(outbox, kOutbox);
  has_said_all_ = !more && session_.is_over();
  if (has_said_all_) {
    // Where we go away ourselves the client may be about to say something: it is heard out, for a
    // connection that is closed before all is read may lose what it was told last.
    if (going_away_) {
      bytes_->Finish();
    } else {
      bytes_->EndWhenSent();
    }
  }
  return more;
}

void Http2Connection::GoAway() {
  if (going_away_) return;
  going_away_ = loop_.Now();
  is_busy_ = session_.open_streams() > 0;
  session_.BeginGoAway();
}

void Http2Connection::TakeNoCalls() {
  GoAway();
  session_.EndGoAway();
  session_.Drain();
}

void Http2Connection::Tick(TimePoint now) {
  session_.Tick(now);
  const std::size_t unacknowledged = bytes_->unacknowledged();
  const std::uint64_t taken = bytes_->total_sent() - unacknowledged;
  const bool waits = unsent_bytes() + unacknowledged > 0;
  if (!waits || std::exchange(taken_, taken) != taken) last_taken_ = now;
  if (session_.open_streams() > 0) last_call_ = now;
  const bool is_late_to_greet = !session_.is_greeted() && now > start_ + kGreetWithin;
  const bool is_late_to_end = finished_ && !waits && now > *finished_ + kEndWithin;
  const bool is_leaving = going_away_ || has_said_all_;
  if (is_late_to_greet || is_late_to_end || (is_leaving && now > last_taken_ + kReadWithin) ||
      now > last_received_ + kSilence) {
    return bytes_->End(DeadlineExceededError("the client is silent"));
  }
  if (now > last_received_ + kPingAfter && !std::exchange(has_pinged_, true)) session_.Ping();
  if (now > last_call_ + kIdle) GoAway();
  if (going_away_ && now > *going_away_ + kHearOfGoAwayIn) session_.EndGoAway();
}

}  // namespace shoal
