#include "http/health_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "base/address.h"
#include "net/listener.h"

namespace shoal {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds kRequestTimeout{5};
constexpr std::uint32_t kMaxHeaderBytes = 8 * 1024;
constexpr int kMaxConnections = 64;

// One connection: reads a request, answers, and reads the next. Kept alive by its own callbacks.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const HealthSources& sources, int& open)
      : stream_(std::move(socket)), sources_(sources), open_(open) {
    ++open_;
  }
  ~Session() { --open_; }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Read() {
    parser_.emplace();
    parser_->header_limit(kMaxHeaderBytes);
    parser_->body_limit(0);
    stream_.expires_after(kRequestTimeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code error, std::size_t) {
                       if (!error) self->Answer();
                     });
  }

 private:
  void Answer() {
    const auto& request = parser_->get();
    const std::string_view method(request.method_string().data(), request.method_string().size());
    const std::string_view target(request.target().data(), request.target().size());
    HealthAnswer answer = AnswerHealth(method, target, sources_);
    response_ = {static_cast<http::status>(answer.status), request.version()};
    response_.set(http::field::content_type, answer.content_type);
    response_.set(http::field::cache_control, "no-store");
    response_.keep_alive(request.keep_alive());
    response_.content_length(answer.body.size());
    if (request.method() != http::verb::head) response_.body() = std::move(answer.body);
    stream_.expires_after(kRequestTimeout);
    http::async_write(stream_, response_,
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (!error && self->response_.keep_alive()) self->Read();
                      });
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{kMaxHeaderBytes + 1};
  std::optional<http::request_parser<http::empty_body>> parser_;
  http::response<http::string_body> response_;
  const HealthSources& sources_;
  int& open_;
};

}  // namespace

struct HealthServer::Impl {
  explicit Impl(HealthSources given) : sources(std::move(given)), acceptor(context) {}

  void Accept() {
    acceptor.async_accept([this](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      // Over the cap, or out of descriptors: the peer is dropped, the listener lives on.
      if (!error && open < kMaxConnections) {
        std::make_shared<Session>(std::move(socket), sources, open)->Read();
      }
      if (error) {
        pause.expires_after(std::chrono::milliseconds(50));
        pause.async_wait([this](error_code stopped) {
          if (!stopped) Accept();
        });
        return;
      }
      Accept();
    });
  }

  HealthSources sources;
  int open = 0;  // sessions; only the server's thread touches it. Outlives the context's handlers.
  asio::io_context context{1};
  tcp::acceptor acceptor;
  asio::steady_timer pause{context};
  std::thread thread;
};

Result<std::unique_ptr<HealthServer>> HealthServer::Start(const std::string& listen,
                                                          HealthSources sources) {
  ASSIGN_OR_RETURN(const Address wanted, ParseAddress(listen));
  ASSIGN_OR_RETURN(Listener listener, ListenOn(wanted));
  auto impl = std::make_unique<Impl>(std::move(sources));
  error_code error;
  impl->acceptor.assign(listener.family == AF_INET6 ? tcp::v6() : tcp::v4(), listener.socket.get(),
                        error);
  if (error) return UnavailableError("listen on " + listen + ": " + error.message());
  listener.socket.Release();  // the acceptor's from here on
  impl->Accept();
  impl->thread = std::thread([context = &impl->context] { context->run(); });
  return std::unique_ptr<HealthServer>(
      new HealthServer(std::move(impl), ToString(listener.address)));
}

HealthServer::HealthServer(std::unique_ptr<Impl> impl, std::string address)
    : impl_(std::move(impl)), address_(std::move(address)) {}

HealthServer::~HealthServer() {
  impl_->context.stop();
  impl_->thread.join();
}

}  // namespace shoal
