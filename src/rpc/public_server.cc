// Connections live on the loop, and with them their calls:
//
//   Acceptor ──► Http2Connection ──► ServerCall ──► ServerMethod ──► PendingCall ──► handler
//                  one a client       one a stream    by its path     outlives the call
//
// Everything is on the loop's thread but what blocks, which posts there and waits.
#include "rpc/public_server.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/address.h"
#include "base/mutex.h"
#include "edge/client_key.h"
#include "net/listener.h"
#include "rpc/http2_connection.h"
#include "rpc/public_calls.h"

namespace shoal {
namespace {

constexpr std::chrono::seconds kTick{1};
constexpr std::chrono::seconds kHearOfGoAwayIn{1};
constexpr std::chrono::milliseconds kLookAgain{10};

class Http2PublicServer final : public PublicServer, private SocketLoop::Resident {
 public:
  Http2PublicServer(const PublicServerOptions& options, EmbedHandler& handler, const Clock& clock,
                    SocketLoop& loop, const ModelInfo& model)
      : clock_(clock),
        loop_(loop),
        limits_(options.limits),
        connection_refused_(options.connection_refused),
        calls_({.limits = options.limits,
                .dim = options.dim,
                .model_aliases = options.model_aliases,
                .operator_handler = options.operator_handler,
                .operator_access = OperatorAccess(options.operator_token),
                .received = options.received,
                .post = [&loop](SocketLoop::Task task) { loop.Post(std::move(task)); },
                .ended = [this] { SetOpen(talking_); },
                .call_ended = options.call_ended,
                .sampler = options.sampler},
               handler, clock, model) {}

  ~Http2PublicServer() override {
    Shutdown(std::chrono::milliseconds(0));
    loop_.PostAndWait([] {});  // what SetServing posted has run
  }

  Status Listen(const std::string& listen) {
    ASSIGN_OR_RETURN(const Address address, ParseAddress(listen));
    ASSIGN_OR_RETURN(Listener listener, ListenOn(address));
    address_ = ToString(listener.address);
    loop_.PostAndWait([&] {
      acceptor_ = std::make_unique<Acceptor>(
          loop_, std::move(listener.socket),
          AcceptorLimits{.max_connections = limits_.max_connections},
          Acceptor::Events{
              .accepted = [this](Descriptor socket,
                                 const std::string& peer) { Take(std::move(socket), peer); },
              .open = [this] { return connections_.size(); },
              .refused =
                  [this](RefusedConnection refused) {
                    refused.total += closed_for_unread_;
                    if (connection_refused_) connection_refused_(refused);
                  }});
      loop_.Add(*this);
    });
    return {};
  }

  const std::string& address() const override { return address_; }

  void SetServing(bool serving) override {
    calls_.health().set_serving(serving);
    loop_.Post([this] { calls_.health().TellWatches(); });
  }

  void GoAway() override {
    loop_.PostAndWait([this] {
      acceptor_.reset();
      for (const auto& [number, connection] : connections_) connection->GoAway();
    });
    const auto until = clock_.Now() + kHearOfGoAwayIn;
    bool heard = false;
    while (!heard && clock_.Now() < until) {
      loop_.PostAndWait([&] {
        heard = std::all_of(connections_.begin(), connections_.end(), [](const auto& connection) {
          return connection.second->has_gone_away();
        });
      });
      if (!heard) WaitUntilEnded(clock_.Now() + kLookAgain);
    }
  }

  void Shutdown(std::chrono::milliseconds grace) override {
    loop_.PostAndWait([this] {
      acceptor_.reset();
      for (const auto& [number, connection] : connections_) connection->TakeNoCalls();
    });
    WaitUntilEnded(clock_.Now() + grace);
    loop_.PostAndWait([this] {
      while (!connections_.empty()) Close(connections_.begin()->first);
      loop_.Remove(*this);
    });
    WaitUntilEnded(SocketLoop::TimePoint::max());
  }

 private:
  void Take(Descriptor socket, const std::string& address) {
    const std::uint64_t number = next_number_++;
    connections_[number] = std::make_unique<Http2Connection>(
        loop_, std::move(socket), CallPeer{.address = address, .client = ClientKey("", address)},
        calls_.shared(), unread_,
        Http2Connection::Events{.finished = [this] { SetOpen(talking_ - 1); },
                                .closed = [this, number] { Close(number); }});
    SetOpen(talking_ + 1);
  }

  void Close(std::uint64_t number) {
    const auto found = connections_.find(number);
    const bool had_finished = found->second->has_finished();
    connections_.erase(found);
    if (!had_finished) SetOpen(talking_ - 1);
  }

  // After the turn's answers: nothing that is not read may pile up until the next.
  SocketLoop::TimePoint Turn() override {
    CloseWhoDoesNotRead();
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
      Http2Connection& connection = *(next++)->second;
      connection.Tick(now);
    }
  }

  // The one that keeps most of the answers, so that there is room for those of others.
  void CloseWhoDoesNotRead() {
    while (unread_ > limits_.max_unread_bytes) {
      const auto most = std::max_element(
          connections_.begin(), connections_.end(), [](const auto& a, const auto& b) {
            return a.second->unsent_bytes() < b.second->unsent_bytes();
          });
      Close(most->first);
      const std::uint64_t total = ++closed_for_unread_ + (acceptor_ ? acceptor_->refused() : 0);
      if (connection_refused_) {
        connection_refused_(
            {.limit = "max-unread-bytes", .value = limits_.max_unread_bytes, .total = total});
      }
    }
  }

  void SetOpen(std::size_t talking) {
    talking_ = talking;
    MutexLock lock(mutex_);
    open_ = talking_ + calls_.pending();
    changed_.NotifyAll();
  }

  void WaitUntilEnded(SocketLoop::TimePoint until) {
    MutexLock lock(mutex_);
    while (open_ > 0 && changed_.WaitUntil(mutex_, until)) {
    }
  }

  const Clock& clock_;
  SocketLoop& loop_;
  const Limits limits_;
  const std::function<void(const RefusedConnection&)> connection_refused_;
  std::string address_;

  // Of the loop's thread.
  PublicCalls calls_;
  std::size_t unread_ = 0;  // bytes of answers
  std::uint64_t closed_for_unread_ = 0;
  std::unique_ptr<Acceptor> acceptor_;
  std::map<std::uint64_t, std::unique_ptr<Http2Connection>> connections_;
  std::size_t talking_ = 0;  // of connections_, that have not finished
  std::uint64_t next_number_ = 0;
  SocketLoop::TimePoint next_tick_{};

  Mutex mutex_;
  CondVar changed_;
  std::size_t open_ GUARDED_BY(mutex_) = 0;  // talking_ and pending calls
};

}  // namespace

Result<std::unique_ptr<PublicServer>> PublicServer::Start(const PublicServerOptions& options,
                                                          EmbedHandler& handler, const Clock& clock,
                                                          SocketLoop& loop) {
  auto server =
      std::make_unique<Http2PublicServer>(options, handler, clock, loop, handler.Info().model);
  RETURN_IF_ERROR(server->Listen(options.listen));
  return std::unique_ptr<PublicServer>(std::move(server));
}

}  // namespace shoal
