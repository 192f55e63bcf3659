#include "http/http_client_pool.h"

#include <algorithm>
#include <utility>

#include "base/address.h"
#include "base/check.h"
#include "http/http_client_connection.h"
#include "http/request_text.h"

namespace shoal {

HttpClientPool::HttpClientPool(SocketLoop& loop, Resolver& resolver, Options options)
    : loop_(loop),
      resolver_(resolver),
      options_(std::move(options)),
      name_(ToString(options_.server)),
      common_(CommonLines(options_.server, options_.headers)) {
  CHECK(options_.max_connections > 0, "requests go over connections");
}

HttpClientPool::~HttpClientPool() {
  is_ending_ = true;
  for (const auto& dial : dials_) dial->Cut();
  links_.clear();
  while (!exchanges_.empty()) {
    End(exchanges_.begin()->first, CancelledError(name_ + ": the client ends"));
  }
}

HttpClientPool::RequestId HttpClientPool::Send(const HttpClientRequest& request, Done done) {
  CHECK(loop_.IsOnThread(), "a pool belongs to its loop's thread");
  const RequestId id = next_id_++;
  if (is_ending_) {
    done(CancelledError(name_ + ": the client ends"));
    return id;
  }
  Exchange& exchange = exchanges_[id];
  exchange.text = RequestText(request, common_);
  exchange.done = std::move(done);
  if (const auto timeout = request.timeout; timeout.count() > 0) {
    exchange.timer = loop_.SetTimer(loop_.Now() + timeout, [this, id, timeout] {
      End(id, DeadlineExceededError(name_ + ": no answer within " +
                                    std::to_string(timeout.count()) + " ms"));
    });
  }
  if (idle_.empty()) {
    Wait(id, /*first=*/false);
  } else {
    Link& link = *idle_.back();
    idle_.pop_back();
    Serve(link, id);
  }
  return id;
}

void HttpClientPool::Cancel(RequestId id) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end()) return;
  found->second.done = [](const Result<ReceivedAnswer>&) {};
  End(id, CancelledError("cancelled"));
}

void HttpClientPool::Wait(RequestId id, bool first) {
  waiting_.insert(first ? waiting_.begin() : waiting_.end(), id);
  DialForWhoWaits();
}

void HttpClientPool::DialForWhoWaits() {
  while (!is_ending_ && dials_.size() < waiting_.size() &&
         links_.size() + dials_.size() < options_.max_connections) {
    const auto place = dials_.emplace(dials_.end());
    *place = Dial::Start(
        loop_, resolver_, {.address = options_.server, .path = ""}, options_.connect_timeout,
        [this, place](Result<Descriptor> socket) { Dialled(place, std::move(socket)); });
  }
}

// One who waits learns why there is no connection; the others have dials of their own.
void HttpClientPool::Dialled(Dials::iterator dial, Result<Descriptor> socket) {
  dials_.erase(dial);
  if (!socket.ok()) {
    const bool somebody_waits = !waiting_.empty();
    if (somebody_waits) End(waiting_.front(), socket.status());
    return;
  }
  Link& link = *links_.emplace(links_.begin());
  link.place = links_.begin();
  link.connection = std::make_unique<HttpClientConnection>(
      loop_, *std::move(socket), options_.limits,
      HttpClientConnection::Events{
          .answered = [this, &link](ReceivedAnswer answer) { Answered(link, std::move(answer)); },
          .closed = [this, &link](const Status& why) { Closed(link, why); }});
  Free(link);
}

void HttpClientPool::Serve(Link& link, RequestId id) {
  Exchange& exchange = exchanges_.at(id);
  exchange.link = &link;
  link.serves = id;
  link.connection->Send(exchange.text);
}

// It serves who has waited longest, or is idle.
void HttpClientPool::Free(Link& link) {
  if (waiting_.empty()) return idle_.push_back(&link);
  const RequestId id = waiting_.front();
  waiting_.pop_front();
  Serve(link, id);
}

void HttpClientPool::Drop(Link& link) {
  std::erase(idle_, &link);
  links_.erase(link.place);
}

void HttpClientPool::Answered(Link& link, ReceivedAnswer answer) {
  const RequestId id = *std::exchange(link.serves, std::nullopt);
  const Exchange exchange = Take(id);
  if (link.connection->keeps_alive()) {
    Free(link);
  } else {
    Drop(link);
    DialForWhoWaits();
  }
  exchange.done(std::move(answer));
}

void HttpClientPool::Closed(Link& link, const Status& why) {
  const std::optional<RequestId> id = link.serves;
  const bool was_stale = link.connection->was_stale();
  Drop(link);
  if (!id) return DialForWhoWaits();
  Exchange& exchange = exchanges_.at(*id);
  exchange.link = nullptr;
  if (was_stale && !exchange.is_second_try) {
    exchange.is_second_try = true;
    return Wait(*id, /*first=*/true);
  }
  End(*id, why.At(name_));
}

HttpClientPool::Exchange HttpClientPool::Take(RequestId id) {
  Exchange exchange = std::move(exchanges_.extract(id).mapped());
  if (exchange.timer) loop_.CancelTimer(*exchange.timer);
  return exchange;
}

void HttpClientPool::End(RequestId id, const Status& why) {
  const Exchange exchange = Take(id);
  if (!is_ending_) {
    if (exchange.link != nullptr) {
      Drop(*exchange.link);
    } else if (const auto at = std::find(waiting_.begin(), waiting_.end(), id);
               at != waiting_.end()) {
      waiting_.erase(at);
    }
    DialForWhoWaits();
  }
  exchange.done(why);
}

}  // namespace shoal
