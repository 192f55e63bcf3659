#include "http/http_connection.h"

#include <chrono>
#include <utility>

namespace shoal {
namespace {

using std::chrono::seconds;
using Phase = HttpSession::Phase;

constexpr seconds kHeadWithin{5};  // also the first byte of a connection
constexpr seconds kBodySilence{30};
constexpr seconds kIdle{75};      // between requests
constexpr seconds kStuck{60};     // an answer of which the client takes nothing
constexpr seconds kEndWithin{2};  // after all is said

// What is ready to be sent beyond what the socket takes.
constexpr std::size_t kOutbox = 64 << 10;

}  // namespace

HttpConnection::HttpConnection(SocketLoop& loop, Descriptor socket, std::string peer,
                               const HttpSession::Options& options, std::size_t& unread,
                               Events events)
    : loop_(loop),
      events_(std::move(events)),
      bytes_(ByteConnection::Start(
          loop, std::move(socket),
          {.received = [this](std::string_view bytes) { return Received(bytes); },
           .peer_ended = [this] { return PeerEnded(); },
           .fill = [this](std::string& outbox) { return Fill(outbox); },
           .closed = [this](const Status&) { events_.closed(); }})),
      session_(
          options, std::move(peer), [this] { bytes_->SendSoon(); }, unread),
      phase_since_(loop.Now()),
      last_received_(phase_since_),
      sent_since_(phase_since_) {
  bytes_->ReadAtMost(session_.wants_input());
}

HttpConnection::~HttpConnection() { bytes_->Drop(); }

Status HttpConnection::Received(std::string_view bytes) {
  last_received_ = loop_.Now();
  session_.Receive(bytes);
  Look();
  return {};
}

std::optional<Status> HttpConnection::PeerEnded() {
  peer_has_ended_ = true;
  session_.PeerEnded();
  Look();
  if (session_.is_over() && bytes_->waiting() == 0) return Status();
  bytes_->SendSoon();
  return std::nullopt;
}

bool HttpConnection::Fill(std::string& outbox) {
  if (over_) return false;
  const bool more = session_.TakeOutput(outbox, kOutbox);
  Look();
  if (!session_.is_over()) return more;
  if (!outbox.empty()) return true;  // until it is sent
  over_ = loop_.Now();
  // The client may still be talking: it is heard out, for a connection that is closed before all is
  // read may lose what it was told last.
  if (peer_has_ended_) {
    bytes_->EndWhenSent();
  } else {
    bytes_->Finish();
  }
  events_.over();
  return false;
}

// After everything that may change what is waited for.
void HttpConnection::Look() {
  bytes_->ReadAtMost(session_.wants_input());
  if (session_.phase() == phase_) return;
  phase_ = session_.phase();
  phase_since_ = loop_.Now();
}

void HttpConnection::Tick(TimePoint now) {
  if (over_) {
    if (now > *over_ + kEndWithin) bytes_->End(DeadlineExceededError("the client does not close"));
    return;
  }
  if (IsStuck(now)) return bytes_->End(DeadlineExceededError("the client does not read"));
  if (phase_ == Phase::kIdle) bytes_->FreeOutbox();
  if (IsLate(now)) session_.TimeOut();
}

bool HttpConnection::IsLate(TimePoint now) const {
  switch (phase_) {
    case Phase::kIdle:
      return now > phase_since_ + (session_.has_served() ? kIdle : kHeadWithin);
    case Phase::kHead:
      return now > phase_since_ + kHeadWithin;
    case Phase::kBody:
      return now > last_received_ + kBodySilence;
    case Phase::kAnswer:
    case Phase::kOver:
      return false;
  }
  return false;
}

bool HttpConnection::IsStuck(TimePoint now) {
  if (unread_bytes() == 0 || std::exchange(sent_, bytes_->total_sent()) != bytes_->total_sent()) {
    sent_since_ = now;
  }
  return now > sent_since_ + kStuck;
}

}  // namespace shoal
