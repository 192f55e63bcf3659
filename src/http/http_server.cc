#include "http/http_server.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/address.h"
#include "base/mutex.h"
#include "http/http_connection.h"
#include "net/listener.h"

namespace shoal {
namespace {

constexpr std::chrono::seconds kTick{1};

}  // namespace

// Everything is on the loop's thread but what blocks, which posts there and waits.
class HttpServer::Impl final : private SocketLoop::Resident {
 public:
  Impl(HttpServerOptions options, const Clock& clock, SocketLoop& loop)
      : options_(std::move(options)), clock_(clock), loop_(loop) {}

  void Serve(Descriptor listener) {
    loop_.PostAndWait([&] {
      acceptor_ = std::make_unique<Acceptor>(
          loop_, std::move(listener), AcceptorLimits{.max_connections = limits().max_connections},
          Acceptor::Events{
              .accepted = [this](Descriptor socket,
                                 std::string peer) { Take(std::move(socket), std::move(peer)); },
              .open = [this] { return connections_.size(); },
              .refused =
                  [this](RefusedConnection refused) {
                    refused.total += closed_for_unread_;
                    Tell(refused);
                  }});
      loop_.Add(*this);
    });
  }

  void Drain() {
    loop_.PostAndWait([this] {
      acceptor_.reset();
      for (const auto& [number, connection] : connections_) connection->Drain();
    });
  }

  void Shutdown(std::chrono::milliseconds grace) {
    Drain();
    WaitUntilOver(clock_.Now() + grace);
    loop_.PostAndWait([this] {
      connections_.clear();
      SetOpen(0);
      loop_.Remove(*this);
    });
  }

 private:
  const HttpLimits& limits() const { return options_.serve.limits; }

  void Tell(const RefusedConnection& refused) {
    if (options_.connection_refused) options_.connection_refused(refused);
  }

  void Take(Descriptor socket, std::string peer) {
    const std::uint64_t number = next_number_++;
    connections_[number] = std::make_unique<HttpConnection>(
        loop_, std::move(socket), std::move(peer), options_.serve, unread_,
        HttpConnection::Events{.over = [this] { SetOpen(talking_ - 1); },
                               .closed = [this, number] { Close(number); }});
    SetOpen(talking_ + 1);
    // A clock that nobody needs may have stood while there was no connection.
    if (connections_.size() == 1) next_tick_ = loop_.Now() + kTick;
  }

  void Close(std::uint64_t number) {
    const auto found = connections_.find(number);
    const bool was_over = found->second->is_over();
    connections_.erase(found);
    if (!was_over) SetOpen(talking_ - 1);
  }

  // After the turn's answers: nothing that is not read may pile up until the next.
  SocketLoop::TimePoint Turn() override {
    CloseWhoDoesNotRead();
    if (connections_.empty()) return SocketLoop::TimePoint::max();
    const SocketLoop::TimePoint now = loop_.Now();
    if (now >= next_tick_) {
      next_tick_ = now + kTick;
      Tick(now);
    }
    return next_tick_;
  }

  void Tick(SocketLoop::TimePoint now) {
    // One that is closed leaves connections_.
    for (auto next = connections_.begin(); next != connections_.end();) {
      HttpConnection& connection = *(next++)->second;
      connection.Tick(now);
    }
  }

  // The one that keeps most of the answers, so that there is room for those of others.
  void CloseWhoDoesNotRead() {
    while (unread_ > limits().max_unread_bytes) {
      const auto most = std::max_element(
          connections_.begin(), connections_.end(), [](const auto& a, const auto& b) {
            return a.second->unread_bytes() < b.second->unread_bytes();
          });
      Close(most->first);
      const std::uint64_t total = ++closed_for_unread_ + (acceptor_ ? acceptor_->refused() : 0);
      Tell({.limit = "max-unread-bytes", .value = limits().max_unread_bytes, .total = total});
    }
  }

  void SetOpen(std::size_t talking) {
    talking_ = talking;
    MutexLock lock(mutex_);
    open_ = talking;
    changed_.NotifyAll();
  }

  void WaitUntilOver(SocketLoop::TimePoint until) {
    MutexLock lock(mutex_);
    while (open_ > 0 && changed_.WaitUntil(mutex_, until)) {
    }
  }

  const HttpServerOptions options_;
  const Clock& clock_;
  SocketLoop& loop_;

  // Of the loop's thread.
  std::size_t unread_ = 0;  // bytes of answers
  std::uint64_t closed_for_unread_ = 0;
  std::unique_ptr<Acceptor> acceptor_;
  std::map<std::uint64_t, std::unique_ptr<HttpConnection>> connections_;
  std::size_t talking_ = 0;  // of connections_, that are not over
  std::uint64_t next_number_ = 0;
  SocketLoop::TimePoint next_tick_{};

  Mutex mutex_;
  CondVar changed_;
  std::size_t open_ GUARDED_BY(mutex_) = 0;  // talking_
};

Result<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options, const Clock& clock,
                                                      SocketLoop& loop) {
  ASSIGN_OR_RETURN(const Address wanted, ParseAddress(options.listen));
  ASSIGN_OR_RETURN(Listener listener, ListenOn(wanted));
  auto impl = std::make_unique<Impl>(std::move(options), clock, loop);
  impl->Serve(std::move(listener.socket));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl), ToString(listener.address)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl, std::string address)
    : impl_(std::move(impl)), address_(std::move(address)) {}

HttpServer::~HttpServer() { Shutdown(std::chrono::milliseconds(0)); }

void HttpServer::Drain() { impl_->Drain(); }

void HttpServer::Shutdown(std::chrono::milliseconds grace) { impl_->Shutdown(grace); }

}  // namespace shoal
