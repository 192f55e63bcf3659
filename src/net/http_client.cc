#include "net/http_client.h"

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <cerrno>
#include <exception>
#include <utility>

#include "net/url.h"

namespace shoal {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr std::size_t kBlockSize = 64 * 1024;
constexpr std::chrono::milliseconds kStopEvery{100};

// Whether this machine is short of something, which says nothing of the server.
bool IsOurs(const error_code& error) {
  return error.category() == boost::system::system_category() &&
         (error.value() == EMFILE || error.value() == ENFILE || error.value() == ENOMEM ||
          error.value() == ENOBUFS);
}

Status ToStatus(const error_code& error, const std::string& what) {
  if (IsOurs(error)) return ErrnoError(what, error.value());
  const std::string message = what + ": " + error.message();
  if (error == asio::error::operation_aborted) return CancelledError(what + ": told to stop");
  if (error == beast::error::timeout) return DeadlineExceededError(what + ": no answer in time");
  if (error == http::error::partial_message || error == http::error::end_of_stream) {
    return UnavailableError(what + ": the connection broke off");
  }
  if (error == http::error::header_limit) return InvalidArgumentError(message);
  if (error.category() == http::make_error_code(http::error::bad_version).category()) {
    return InvalidArgumentError(what + ": not HTTP: " + error.message());
  }
  return UnavailableError(message);
}

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// Runs one asynchronous operation on `stream` to its end: only those know of timeouts.
template <typename Start>
error_code Await(asio::io_context& context, beast::tcp_stream& stream,
                 const HttpClientOptions& options, const Start& start) {
  error_code result = asio::error::operation_aborted;
  start([&result](const error_code& error, const auto&...) { result = error; });
  context.restart();
  if (!options.stop) context.run();
  while (!context.stopped()) {
    context.run_for(kStopEvery);
    if (!context.stopped() && options.stop()) stream.cancel();
  }
  return result;
}

http::request<http::empty_body> RequestFor(http::verb verb, const Url& url,
                                           const HttpGetRequest& get) {
  http::request<http::empty_body> request(verb, url.target, 11);
  if (verb == http::verb::post) request.set(http::field::content_length, "0");
  request.set(http::field::host, url.Authority());
  request.set(http::field::user_agent, "shoal");
  request.set(http::field::accept_encoding, "identity");
  request.set(http::field::connection, "close");
  if (!get.authorization.empty()) request.set(http::field::authorization, get.authorization);
  if (get.first_byte > 0) {
    request.set(http::field::range, "bytes=" + std::to_string(get.first_byte) + "-");
    if (!get.if_range.empty()) request.set(http::field::if_range, get.if_range);
  }
  return request;
}

// One connection of either kind: `Stream` is a tcp_stream or a TLS stream over one.
template <typename Stream>
class Exchange {
 public:
  Exchange(asio::io_context& context, Stream& stream, const Url& url,
           const HttpClientOptions& options)
      : context_(context), stream_(stream), where_(url.ToString()), options_(options) {
    parser_.header_limit(options.max_header_size);
    parser_.body_limit(boost::none);
  }

  Status SendAndReadHead(const http::request<http::empty_body>& request) {
    error_code error = Step([&](auto done) { http::async_write(stream_, request, done); });
    if (error) return ToStatus(error, where_);
    error = Step([&](auto done) { http::async_read_header(stream_, buffer_, parser_, done); });
    if (error) return ToStatus(error, where_);
    return {};
  }

  HttpHead Head() const {
    const auto& message = parser_.get();
    HttpHead head{.status = static_cast<int>(message.result_int()),
                  .content_length = std::nullopt,
                  .content_range = std::string(message[http::field::content_range]),
                  .etag = std::string(message[http::field::etag])};
    if (const auto length = parser_.content_length()) head.content_length = *length;
    return head;
  }

  std::string Location() const { return std::string(parser_.get()[http::field::location]); }

  Status ReadBody(const HttpSink& sink) {
    std::array<char, kBlockSize> block;
    while (!parser_.is_done()) {
      auto& body = parser_.get().body();
      body.data = block.data();
      body.size = block.size();
      error_code error =
          Step([&](auto done) { http::async_read_some(stream_, buffer_, parser_, done); });
      if (error == http::error::need_buffer) error = {};
      const std::size_t count = block.size() - body.size;
      if (count > 0) RETURN_IF_ERROR(sink.on_body({block.data(), count}));
      if (error) return ToStatus(error, where_);
    }
    return {};
  }

 private:
  template <typename Start>
  error_code Step(const Start& start) {
    beast::tcp_stream& lowest = beast::get_lowest_layer(stream_);
    lowest.expires_after(options_.idle_timeout);
    return Await(context_, lowest, options_, start);
  }

  asio::io_context& context_;
  Stream& stream_;
  const std::string where_;
  const HttpClientOptions& options_;
  beast::flat_buffer buffer_;
  http::response_parser<http::buffer_body> parser_;
};

// The body goes to the sink, or nothing does and `location` is where to ask instead.
template <typename Stream>
Status Talk(asio::io_context& context, Stream& stream, http::verb verb, const Url& url,
            const HttpGetRequest& get, const HttpSink& sink, const HttpClientOptions& options,
            std::string& location) {
  Exchange<Stream> exchange(context, stream, url, options);
  RETURN_IF_ERROR(exchange.SendAndReadHead(RequestFor(verb, url, get)));
  const HttpHead head = exchange.Head();
  if (IsRedirect(head.status)) {
    location = exchange.Location();
    if (location.empty()) {
      return InvalidArgumentError(url.ToString() + ": a redirect without a Location");
    }
    return {};
  }
  RETURN_IF_ERROR(sink.on_head(head));
  return exchange.ReadBody(sink);
}

Status Connect(asio::io_context& context, beast::tcp_stream& stream, const Url& url,
               const HttpClientOptions& options) {
  error_code error;
  tcp::resolver resolver(context);
  const auto endpoints =
      resolver.resolve(url.address.host, std::to_string(url.address.port), error);
  if (error) return UnavailableError("cannot resolve " + url.address.host + ": " + error.message());
  stream.expires_after(options.connect_timeout);
  error =
      Await(context, stream, options, [&](auto done) { stream.async_connect(endpoints, done); });
  if (error) return ToStatus(error, "cannot connect to " + url.Authority());
  return {};
}

Status Handshake(asio::io_context& context, asio::ssl::stream<beast::tcp_stream>& stream, Url url,
                 const HttpClientOptions& options) {
  // An address has no server name to indicate.
  error_code not_address;
  asio::ip::make_address(url.address.host, not_address);
  // What SSL_set_tlsext_host_name does, without its old-style cast.
  if (not_address && SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME,
                              TLSEXT_NAMETYPE_host_name, url.address.host.data()) != 1) {
    return InvalidArgumentError("not a host name: " + url.address.host);
  }
  error_code error;
  stream.set_verify_mode(asio::ssl::verify_peer, error);
  if (!error)
    stream.set_verify_callback(asio::ssl::host_name_verification(url.address.host), error);
  if (error) return InternalError("cannot set up TLS: " + error.message());
  error = Await(context, stream.next_layer(), options,
                [&](auto done) { stream.async_handshake(asio::ssl::stream_base::client, done); });
  if (!error) return {};
  if (error.category() == asio::error::get_ssl_category() &&
      ERR_GET_REASON(static_cast<unsigned long>(error.value())) ==
          SSL_R_CERTIFICATE_VERIFY_FAILED) {
    const long why = SSL_get_verify_result(stream.native_handle());
    return FailedPreconditionError("the certificate of " + url.Authority() + " is not trusted: " +
                                   (why == X509_V_ERR_UNSPECIFIED
                                        ? "it is another host's"
                                        : X509_verify_cert_error_string(why)));
  }
  return ToStatus(error, "TLS with " + url.Authority());
}

Status AskOnce(http::verb verb, const Url& url, const HttpGetRequest& get, const HttpSink& sink,
               const HttpClientOptions& options, std::string& location) {
  asio::io_context context(1);
  if (!url.tls) {
    beast::tcp_stream stream(context);
    RETURN_IF_ERROR(Connect(context, stream, url, options));
    return Talk(context, stream, verb, url, get, sink, options, location);
  }
  asio::ssl::context tls(asio::ssl::context::tls_client);
  tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                  asio::ssl::context::no_tlsv1_1);
  tls.set_default_verify_paths();
  asio::ssl::stream<beast::tcp_stream> stream(context, tls);
  RETURN_IF_ERROR(Connect(context, stream.next_layer(), url, options));
  RETURN_IF_ERROR(Handshake(context, stream, url, options));
  return Talk(context, stream, verb, url, get, sink, options, location);
}

Status Follow(http::verb verb, HttpGetRequest get, const HttpSink& sink,
              const HttpClientOptions& options) {
  ASSIGN_OR_RETURN(Url url, ParseUrl(get.url));
  for (int redirects = 0;; ++redirects) {
    std::string location;
    RETURN_IF_ERROR(AskOnce(verb, url, get, sink, options, location));
    if (location.empty()) return {};
    if (verb == http::verb::post) {
      return FailedPreconditionError(get.url + ": a redirect to " + location);
    }
    if (redirects >= options.max_redirects) {
      return FailedPreconditionError(get.url + ": more than " +
                                     std::to_string(options.max_redirects) + " redirects");
    }
    ASSIGN_OR_RETURN(Url next, ResolveUrl(url, location));
    if (url.tls && !next.tls) {
      return FailedPreconditionError(url.ToString() + ": refusing the redirect to " +
                                     next.Authority() + " without TLS");
    }
    if (!next.SameOrigin(url)) get.authorization.clear();
    url = std::move(next);
  }
}

Status Ask(http::verb verb, const HttpGetRequest& request, const HttpSink& sink,
           const HttpClientOptions& options) {
  // Asio throws where an error code has no way out, e.g. when there is no descriptor left.
  try {
    return Follow(verb, request, sink, options);
  } catch (const boost::system::system_error& exception) {
    return ToStatus(exception.code(), request.url);
  } catch (const std::exception& exception) {
    return UnavailableError(request.url + ": " + exception.what());
  }
}

}  // namespace

Status HttpGet(const HttpGetRequest& request, const HttpSink& sink,
               const HttpClientOptions& options) {
  return Ask(http::verb::get, request, sink, options);
}

Status HttpPost(const HttpGetRequest& request, const HttpSink& sink,
                const HttpClientOptions& options) {
  return Ask(http::verb::post, request, sink, options);
}

}  // namespace shoal
