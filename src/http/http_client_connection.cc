#include "http/http_client_connection.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace shoal {

HttpClientConnection::HttpClientConnection(SocketLoop& loop, Descriptor socket,
                                           const AnswerLimits& limits, Events events)
    : events_(std::move(events)),
      reader_(limits),
      bytes_(ByteConnection::Start(
          loop, std::move(socket),
          {.received = [this](std::string_view bytes) { return Received(bytes); },
           .peer_ended = [this] { return PeerEnded(); },
           .closed = [this](const Status& why) { events_.closed(why); }})) {}

HttpClientConnection::~HttpClientConnection() {
  if (in_work_) {
    bytes_->Reset();
  } else {
    bytes_->Drop();
  }
}

void HttpClientConnection::Send(std::string_view request) {
  CHECK(!in_work_ && keeps_alive_, "a connection has one request at a time");
  in_work_ = true;
  // A connection that is lost by now tells so in this turn, after the events that came before.
  if (bytes_->is_closing()) return;
  std::copy(request.begin(), request.end(), bytes_->Append(request.size()));
}

Status HttpClientConnection::Received(std::string_view bytes) {
  if (!in_work_) return InternalError("found bytes that nobody asked for");
  RETURN_IF_ERROR(reader_.Take(bytes));
  if (reader_.is_done()) {
    // What was not taken of the request will not be read as one.
    Answered(reader_.keeps_alive() && bytes.empty() && bytes_->waiting() == 0);
  }
  return {};
}

std::optional<Status> HttpClientConnection::PeerEnded() {
  if (!in_work_) return Status();
  RETURN_IF_ERROR(reader_.PeerEnded());
  Answered(false);
  return Status();
}

// The last that this does: it may be gone then.
void HttpClientConnection::Answered(bool keeps_alive) {
  in_work_ = false;
  has_served_ = true;
  keeps_alive_ = keeps_alive;
  events_.answered(reader_.TakeAnswer());
}

}  // namespace shoal
