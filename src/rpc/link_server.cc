// Connections become attachments with their Hello:
//
//   listener ──accept──► Peer ──Hello with token──► attachment ──Finish, end, Cut──► gone
//                          └─ a wrong one: Refuse, gone; 5 s without: gone
//
// Everything is on the loop's thread but Shutdown, which posts there and waits.
#include "rpc/link_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/mutex.h"
#include "net/acceptor.h"
#include "net/listener.h"
#include "rpc/link_conversion.h"
#include "rpc/link_frames.h"

namespace shoal {
namespace {

constexpr std::chrono::seconds kGreetWithin{5};
// After our side ended: how long the worker may take to end its own.
constexpr std::chrono::seconds kEndWithin{2};
constexpr std::uint32_t kTurnedAwayMs = 500;
// Fewer than the public server leaves (net/acceptor.h): clients do not keep a worker out.
constexpr AcceptorLimits kLimits = {
    .max_connections = 4096, .name = "worker-connections", .spare_descriptors = 8};
// Of those that have not greeted. A worker greets as it connects: of more the oldest goes.
constexpr std::size_t kMaxStrangers = 256;
constexpr std::size_t kMaxHello = 64 << 10;
constexpr std::size_t kMaxOutbox = 32 << 20;

void SetTcpOptions(int socket) {  // on another socket: nothing
  setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &kLinkTcpTimeoutMs, sizeof(kLinkTcpTimeoutMs));
}

// What peers need of their server.
class Peers {
 public:
  virtual AttachmentId NextId() = 0;
  virtual const std::string& join_token() const = 0;
  virtual WorkerAttachmentHandler& handler() = 0;
  virtual void Greeted(std::uint64_t number) = 0;
  virtual void Tell(const TurnedAway& who) = 0;
  virtual void Gone(std::uint64_t number) = 0;

 protected:
  ~Peers() = default;
};

// One connection, and from its Hello on an attachment. Held by its server, and by the coordinator
// for as long as it likes.
class Peer final : public WorkerAttachment, public std::enable_shared_from_this<Peer> {
 public:
  Peer(Peers& peers, std::uint64_t number, SocketLoop& loop, std::string name)
      : peers_(peers),
        number_(number),
        loop_(loop),
        name_(std::move(name)),
        reader_(peers.join_token()) {}

  void Start(Descriptor socket) {
    connection_ = FrameConnection::Start(
        loop_, std::move(socket), {.max_frame = kMaxHello, .max_outbox = kMaxOutbox},
        {.frame = [this](std::string_view frame) { return OnFrame(frame); },
         .closed = [this](const Status& why) { OnClosed(why); }});
    SetTimer(kGreetWithin,
             [this] { CutFor("no Hello within " + std::to_string(kGreetWithin.count()) + " s"); });
  }

  std::string_view peer() const override { return name_; }

  void Send(CoordinatorMessage message) override {
    if (!connection_ || ending_) return;
    if (const auto* const refuse = std::get_if<Refuse>(&message)) Tell(refuse->why);
    Write(message, FramesOf(*connection_));
  }

  void Close() override {
    if (!connection_ || ending_) return;
    ending_ = true;
    SetTimer(kEndWithin, [this] { Cut(); });
    connection_->Finish();
  }

  void Cut() {
    if (!connection_) return;
    connection_->Cut();
    OnClosed({});
  }
  void CutFor(const std::string& why) {
    if (connection_ && !ending_) Tell(why);
    Cut();
  }

 private:
  Status OnFrame(std::string_view frame) {
    if (ending_) return {};  // what a worker still says to whom has hung up
    Result<WorkerMessage> read = reader_.Read(frame);
    if (!read.ok()) {
      TurnAway(read.status().message());
      return {};
    }
    if (!id_) Greeted();
    peers_.handler().Message(*id_, *std::move(read));
    return {};
  }

  void Greeted() {
    CancelTimer();
    connection_->set_max_frame(kLinkMaxMessageBytes);
    peers_.Greeted(number_);
    id_ = peers_.NextId();
    peers_.handler().Opened(*id_, shared_from_this());
  }

  void TurnAway(const std::string& why) {
    Send(Refuse{.why = why, .stay_away_ms = kTurnedAwayMs});
    Close();
  }

  // UNAVAILABLE: the peer or the network ended it.
  void OnClosed(const Status& why) {
    const std::shared_ptr<Peer> keep = shared_from_this();
    CancelTimer();
    const bool at_fault = !why.ok() && why.code() != StatusCode::kUnavailable;
    if (at_fault && !ending_) Tell(why.message());
    connection_.reset();
    if (id_) peers_.handler().Closed(*id_, why);
    peers_.Gone(number_);
  }

  void Tell(std::string_view why) {
    if (!told_) peers_.Tell({.peer = name_, .why = why});
    told_ = true;
  }

  void SetTimer(std::chrono::milliseconds time, SocketLoop::Task task) {
    CancelTimer();
    timer_ = loop_.SetTimer(loop_.Now() + time, [this, task = std::move(task)] {
      timer_.reset();
      task();
    });
  }
  void CancelTimer() {
    if (timer_) loop_.CancelTimer(*timer_);
    timer_.reset();
  }

  Peers& peers_;
  const std::uint64_t number_;
  SocketLoop& loop_;
  const std::string name_;                       // of the other side, as PeerOf writes it
  std::shared_ptr<FrameConnection> connection_;  // absent: it has ended
  std::optional<SocketLoop::TimerId> timer_;     // cuts the connection
  std::optional<AttachmentId> id_;               // once it has greeted
  WorkerMessageReader reader_;
  bool ending_ = false;
  bool told_ = false;  // that it is turned away
};

class FrameLinkServer final : public LinkServer, private Peers {
 public:
  FrameLinkServer(LinkServerOptions options, WorkerAttachmentHandler& handler, SocketLoop& loop)
      : options_(std::move(options)), handler_(handler), loop_(loop) {}
  ~FrameLinkServer() override { Shutdown(std::chrono::milliseconds(0)); }

  Status Listen() {
    ASSIGN_OR_RETURN(const Address address, ParseAddress(options_.listen));
    ASSIGN_OR_RETURN(Listener listener, ListenOn(address));
    address_ = ToString(listener.address);
    std::vector<Descriptor> sockets;
    sockets.push_back(std::move(listener.socket));
    if (!options_.socket_path.empty()) {
      ASSIGN_OR_RETURN(Descriptor local, ListenOnPath(options_.socket_path));
      sockets.push_back(std::move(local));
    }
    loop_.PostAndWait([&] {
      for (Descriptor& socket : sockets) {
        acceptors_.push_back(
            std::make_unique<Acceptor>(loop_, std::move(socket), kLimits, AcceptorEvents()));
      }
    });
    return {};
  }

  const std::string& address() const override { return address_; }

  void Shutdown(std::chrono::milliseconds grace) override {
    loop_.PostAndWait([this] {
      acceptors_.clear();
      for (const auto& peer : Snapshot()) peer->Close();
    });
    {
      const auto until = loop_.Now() + grace;
      MutexLock lock(mutex_);
      while (open_ > 0 && changed_.WaitUntil(mutex_, until)) {
      }
    }
    loop_.PostAndWait([this] {
      for (const auto& peer : Snapshot()) peer->Cut();
    });
  }

 private:
  // A peer that ends leaves peers_.
  std::vector<std::shared_ptr<Peer>> Snapshot() const {
    std::vector<std::shared_ptr<Peer>> peers;
    for (const auto& [number, peer] : peers_) peers.push_back(peer);
    return peers;
  }

  Acceptor::Events AcceptorEvents() {
    return {.accepted = [this](Descriptor socket,
                               std::string name) { Take(std::move(socket), std::move(name)); },
            .open = [this] { return peers_.size(); },
            .refused =
                [this](RefusedConnection refused) {
                  refused.total = ++refused_;
                  if (options_.connection_refused) options_.connection_refused(refused);
                }};
  }

  void Take(Descriptor socket, std::string name) {
    if (strangers_.size() == kMaxStrangers) {
      const std::shared_ptr<Peer> oldest = peers_.at(*strangers_.begin());
      oldest->CutFor("no Hello, and it is the oldest of " + std::to_string(kMaxStrangers) +
                     " connections without one");
    }
    SetTcpOptions(socket.get());
    const std::uint64_t number = next_number_++;
    const auto peer =
        std::make_shared<Peer>(static_cast<Peers&>(*this), number, loop_, std::move(name));
    peers_[number] = peer;
    strangers_.insert(number);
    SetOpen();
    peer->Start(std::move(socket));
  }

  AttachmentId NextId() override { return ++last_id_; }
  const std::string& join_token() const override { return options_.join_token; }
  WorkerAttachmentHandler& handler() override { return handler_; }
  void Greeted(std::uint64_t number) override { strangers_.erase(number); }
  void Tell(const TurnedAway& who) override {
    if (options_.turned_away) options_.turned_away(who);
  }
  void Gone(std::uint64_t number) override {
    peers_.erase(number);
    strangers_.erase(number);
    SetOpen();
  }

  void SetOpen() {
    MutexLock lock(mutex_);
    open_ = peers_.size();
    changed_.NotifyAll();
  }

  const LinkServerOptions options_;
  WorkerAttachmentHandler& handler_;
  SocketLoop& loop_;
  std::string address_;

  // Of the loop's thread.
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::map<std::uint64_t, std::shared_ptr<Peer>> peers_;
  std::set<std::uint64_t> strangers_;  // those of peers_ that have not greeted, the oldest first
  std::uint64_t next_number_ = 0;
  AttachmentId last_id_ = 0;
  std::uint64_t refused_ = 0;  // connections, by all acceptors

  Mutex mutex_;
  CondVar changed_;
  std::size_t open_ GUARDED_BY(mutex_) = 0;
};

}  // namespace

Result<std::unique_ptr<LinkServer>> LinkServer::Start(LinkServerOptions options,
                                                      WorkerAttachmentHandler& handler,
                                                      SocketLoop& loop) {
  auto server = std::make_unique<FrameLinkServer>(std::move(options), handler, loop);
  RETURN_IF_ERROR(server->Listen().At("worker link"));
  return std::unique_ptr<LinkServer>(std::move(server));
}

}  // namespace shoal
