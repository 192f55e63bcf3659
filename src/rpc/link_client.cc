#include "rpc/link_client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <utility>
#include <vector>

#include "base/endpoint.h"
#include "net/frame_connection.h"
#include "rpc/link_conversion.h"
#include "rpc/link_frames.h"

namespace shoal {
namespace {

constexpr std::chrono::seconds kConnectWithin{2};

class FrameWorkerLink final : public WorkerLink {
 public:
  FrameWorkerLink(SocketLoop& loop, std::string join_token, WorkerLinkEvents events)
      : loop_(loop), join_token_(std::move(join_token)), events_(std::move(events)) {}
  ~FrameWorkerLink() override {
    if (dial_) dial_->Cut();
    if (connection_) connection_->Cut();
  }

  void Start(Resolver& resolver, const Endpoint& endpoint) {
    dial_ = Dial::Start(loop_, resolver, endpoint, kConnectWithin,
                        [this](Result<Descriptor> socket) { OnDialled(std::move(socket)); });
  }

  void Send(WorkerMessage message) override {
    if (connection_) {
      Write(message, join_token_, FramesOf(*connection_));
    } else if (dial_) {
      waiting_.push_back(std::move(message));
    }
  }

  void Close() override {
    closing_ = true;
    if (connection_) connection_->Finish();
  }

 private:
  void OnDialled(Result<Descriptor> socket) {
    const std::shared_ptr<Dial> keep = std::exchange(dial_, nullptr);
    if (!socket.ok()) return events_.closed(socket.status().ToString());
    setsockopt(socket->get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &kLinkTcpTimeoutMs,
               sizeof(kLinkTcpTimeoutMs));  // on another socket: nothing
    connection_ = FrameConnection::Start(
        loop_, *std::move(socket),
        {.max_frame = kLinkMaxMessageBytes, .max_outbox = kLinkMaxOutboxBytes},
        {.frame = [this](std::string_view frame) { return OnFrame(frame); },
         .closed = [this](const Status& why) { OnClosed(why); }});
    for (const WorkerMessage& message : waiting_) {
      Write(message, join_token_, FramesOf(*connection_));
    }
    waiting_.clear();
    if (closing_) connection_->Finish();
  }

  Status OnFrame(std::string_view frame) {
    ASSIGN_OR_RETURN(CoordinatorMessage read, ReadCoordinatorMessage(frame));
    events_.message(std::move(read));
    return {};
  }

  void OnClosed(const Status& why) {
    events_.closed(why.ok() ? "the coordinator ended the attachment" : why.ToString());
  }

  SocketLoop& loop_;
  const std::string join_token_;
  const WorkerLinkEvents events_;
  std::shared_ptr<Dial> dial_;                   // until the connection stands
  std::shared_ptr<FrameConnection> connection_;  // from then on
  std::vector<WorkerMessage> waiting_;           // for the connection
  bool closing_ = false;
};

}  // namespace

Result<std::unique_ptr<WorkerLink>> DialWorkerLink(const WorkerLinkTarget& target, SocketLoop& loop,
                                                   Resolver& resolver, WorkerLinkEvents events) {
  Result<Endpoint> endpoint = ParseEndpoint(target.address);
  RETURN_IF_ERROR(endpoint.status().At("coordinator"));
  auto link = std::make_unique<FrameWorkerLink>(loop, target.join_token, std::move(events));
  link->Start(resolver, *endpoint);
  return std::unique_ptr<WorkerLink>(std::move(link));
}

}  // namespace shoal
