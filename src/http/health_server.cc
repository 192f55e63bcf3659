#include "http/health_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "base/check.h"

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

Result<tcp::endpoint> ParseListen(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  const Status bad =
      InvalidArgumentError("found listen address '" + listen + "', expected ADDRESS:PORT");
  if (colon == std::string::npos) return bad;
  std::string host = listen.substr(0, colon);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  if (host == "localhost") host = "127.0.0.1";
  std::uint16_t port = 0;
  const char* end = listen.data() + listen.size();
  const auto parsed = std::from_chars(listen.data() + colon + 1, end, port);
  if (parsed.ec != std::errc() || parsed.ptr != end) return bad;
  error_code error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (error) return bad;
  return tcp::endpoint(address, port);
}

std::string ToString(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  const bool v6 = endpoint.address().is_v6();
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
}

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

  error_code Open(const tcp::endpoint& endpoint) {
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(kMaxConnections, error);
    return error;
  }

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
  ASSIGN_OR_RETURN(const tcp::endpoint endpoint, ParseListen(listen));
  auto impl = std::make_unique<Impl>(std::move(sources));
  if (const error_code error = impl->Open(endpoint)) {
    return UnavailableError("cannot listen on " + listen + ": " + error.message());
  }
  error_code error;
  std::string address = ToString(impl->acceptor.local_endpoint(error));
  impl->Accept();
  impl->thread = std::thread([context = &impl->context] { context->run(); });
  return std::unique_ptr<HealthServer>(new HealthServer(std::move(impl), std::move(address)));
}

HealthServer::HealthServer(std::unique_ptr<Impl> impl, std::string address)
    : impl_(std::move(impl)), address_(std::move(address)) {}

HealthServer::~HealthServer() {
  impl_->context.stop();
  impl_->thread.join();
}

}  // namespace shoal
