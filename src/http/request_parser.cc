#include "http/request_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>
#include <string>
#include <utility>

#include "base/check.h"
#include "http/request_head.h"

namespace shoal {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using beast::error_code;

std::string_view ViewOf(beast::string_view text) { return {text.data(), text.size()}; }

// What the parser found, in words.
HttpRefusal RefusalOf(const error_code& error) {
  const auto malformed = [](std::string_view what) {
    return HttpRefusal{.status = 400, .message = "found " + std::string(what)};
  };
  switch (static_cast<http::error>(error.value())) {
    case http::error::bad_method:
    case http::error::bad_target:
    case http::error::bad_version:
      return malformed("no request line of HTTP/1.1, accepted is METHOD TARGET HTTP/1.1");
    case http::error::bad_field:
      return malformed("a header line that does not begin with NAME:");
    case http::error::bad_content_length:
    case http::error::multiple_content_length:
      return malformed("a Content-Length that is not one number, or beside Transfer-Encoding");
    case http::error::bad_transfer_encoding:
      return malformed("Transfer-Encoding twice, or beside Content-Length");
    default:
      return malformed("a malformed request: " + error.message());
  }
}

}  // namespace

// Beast's parser, for a head that is there as a whole; it leaves the body to us.
class RequestParser::Head final : public http::basic_parser<true> {
 public:
  Head(std::size_t max_fields, HttpRequest& to) : max_fields_(max_fields), request_(to) {
    skip(true);
  }

  std::optional<HttpRefusal> Parse(std::string_view head) {
    header_limit(static_cast<std::uint32_t>(head.size() + 1));
    error_code error;
    const std::size_t taken = put({head.data(), head.size()}, error);
    if (fields_ > max_fields_) {
      return HttpRefusal{
          .status = 431,
          .message = "found more than " + std::to_string(max_fields_) + " header fields"};
    }
    if (error) return RefusalOf(error);
    if (taken != head.size() || !is_done()) return RefusalOf(http::error::bad_field);
    return std::nullopt;
  }

  std::string_view target() const { return target_; }  // of the head that was given
  bool is_http11() const { return version_ == 11; }

 private:
  void on_request_impl(http::verb /*known*/, beast::string_view method, beast::string_view target,
                       int version, error_code& /*error*/) override {
    request_.method = ViewOf(method);
    target_ = ViewOf(target);
    version_ = version;
  }
  void on_field_impl(http::field /*known*/, beast::string_view name, beast::string_view value,
                     error_code& error) override {
    request_.headers.Add(ViewOf(name), ViewOf(value));
    if (++fields_ > max_fields_) error = http::error::header_limit;
  }
  void on_header_impl(error_code& /*error*/) override {}
  void on_finish_impl(error_code& /*error*/) override {}

  // Of responses and bodies: they do not come.
  void on_response_impl(int, beast::string_view, int, error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast::string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, error_code&) override {
    return 0;
  }

  const std::size_t max_fields_;
  HttpRequest& request_;
  std::string_view target_;
  int version_ = 0;
  std::size_t fields_ = 0;
};

std::optional<HttpRefusal> RequestParser::ParseHead(std::string_view head) {
  Head parser(limits_.max_header_fields, request_);
  if (auto refusal = parser.Parse(head)) return refusal;
  is_http11_ = parser.is_http11();
  keeps_alive_ = parser.keep_alive();
  if (auto refusal = CheckHead(request_, is_http11_)) return refusal;
  if (auto refusal = ReadTarget(parser.target(), request_)) return refusal;
  return FrameBody();
}

std::optional<HttpRefusal> RequestParser::FrameBody() {
  if (request_.headers.Find("transfer-encoding")) {
    chunks_.emplace(limits_.max_body_bytes);
    return std::nullopt;
  }
  const std::string_view length = request_.headers.Find("content-length").value_or("0");
  const auto [end, error] = std::from_chars(length.begin(), length.end(), left_);
  if (error != std::errc() || left_ > limits_.max_body_bytes) {
    return HttpRefusal{.status = 413,
                       .message = "found a body of " + std::string(length) +
                                  " bytes, accepted at most " +
                                  std::to_string(limits_.max_body_bytes)};
  }
  return std::nullopt;
}

std::size_t RequestParser::ParseBody(std::string_view bytes) {
  CHECK(!is_done() && !refusal_, "there is more of the body");
  if (!chunks_) {
    bytes = bytes.substr(0, left_);
    left_ -= bytes.size();
    Append(bytes);
    return bytes.size();
  }
  std::string_view rest = bytes;
  while (!rest.empty() && !is_done() && !refusal_) {
    Append(chunks_->Next(rest));
    if (chunks_->refusal()) refusal_ = chunks_->refusal();
  }
  return bytes.size() - rest.size();
}

// The body grows with what comes, at most to what was announced, and no further than the account
// allows.
void RequestParser::Append(std::string_view bytes) {
  std::string& body = request_.body;
  const std::size_t needed = body.size() + bytes.size();
  if (needed > room_) {
    const std::size_t most = chunks_ ? limits_.max_body_bytes : needed + left_;
    const std::size_t room = std::min(std::max(2 * room_, needed), most);
    if (hold_body_ && !request_.hold) request_.hold = hold_body_();
    if (request_.hold && !request_.hold->TryGrow(room - room_)) {
      refusal_ = HttpRefusal{.status = 429,
                             .message = "the server has no room for this body now, try again"};
      return;
    }
    room_ = room;
    std::string grown;
    grown.reserve(room);  // of an empty string: exactly that
    grown.append(body);
    body = std::move(grown);
  }
  body.append(bytes);
}

}  // namespace shoal
