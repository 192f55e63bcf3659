#include "http/answer_reader.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>
#include <utility>

#include "base/ascii.h"
#include "base/check.h"
#include "http/answer_text.h"

namespace shoal {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using beast::error_code;

// What a body gets at once on the word of its Content-Length.
constexpr std::uint64_t kBelievedBytes = 256 << 10;

std::string_view ViewOf(beast::string_view text) { return {text.data(), text.size()}; }

Status Malformed(std::string_view what) {
  return InternalError("found no answer of HTTP/1.1: " + std::string(what));
}

Status OverLimit(std::string_view what, std::size_t limit) {
  return InternalError("found an answer with " + std::string(what) + ", accepted at most " +
                       std::to_string(limit));
}

Status StatusOf(const error_code& error) {
  switch (static_cast<http::error>(error.value())) {
    case http::error::bad_version:
    case http::error::bad_status:
    case http::error::bad_reason:
      return Malformed("the status line is another");
    case http::error::bad_field:
      return Malformed("a header line does not begin with NAME:");
    case http::error::bad_content_length:
    case http::error::multiple_content_length:
      return Malformed("Content-Length is not one number");
    default:
      return Malformed(error.message());
  }
}

}  // namespace

// Beast's parser, for a head that is there as a whole; it leaves the body to us.
class AnswerReader::Head final : public http::basic_parser<false> {
 public:
  Head(std::size_t max_fields, ReceivedAnswer& to) : max_fields_(max_fields), answer_(to) {
    skip(true);
  }

  Status Parse(std::string_view head) {
    header_limit(static_cast<std::uint32_t>(head.size() + 1));
    error_code error;
    const std::size_t taken = put({head.data(), head.size()}, error);
    if (fields_ > max_fields_) return OverLimit("more header fields", max_fields_);
    if (error) return StatusOf(error);
    if (taken != head.size() || !is_done()) return StatusOf(http::error::bad_field);
    return {};
  }

 private:
  void on_response_impl(int code, beast::string_view /*reason*/, int /*version*/,
                        error_code& /*error*/) override {
    answer_.status = code;
  }
  void on_field_impl(http::field /*known*/, beast::string_view name, beast::string_view value,
                     error_code& error) override {
    answer_.headers.Add(ViewOf(name), ViewOf(value));
    if (++fields_ > max_fields_) error = http::error::header_limit;
  }
  void on_header_impl(error_code& /*error*/) override {}
  void on_finish_impl(error_code& /*error*/) override {}

  // Of requests and bodies: they do not come.
  void on_request_impl(http::verb, beast::string_view, beast::string_view, int,
                       error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast::string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, error_code&) override {
    return 0;
  }

  const std::size_t max_fields_;
  ReceivedAnswer& answer_;
  std::size_t fields_ = 0;
};

Status AnswerReader::Take(std::string_view& bytes) {
  CHECK(!is_done(), "there is more of the answer");
  if (!bytes.empty()) has_begun_ = true;
  while (!bytes.empty() && !is_done()) {
    RETURN_IF_ERROR(state_ == State::kHead ? TakeHead(bytes) : TakeBody(bytes));
  }
  return {};
}

// A head that comes as a whole, as most do, is not copied.
Status AnswerReader::TakeHead(std::string_view& bytes) {
  const std::size_t before = head_.size();
  const std::string_view fits = bytes.substr(0, limits_.max_head_bytes - before);
  if (before > 0) head_.append(fits);
  const std::string_view all = before > 0 ? head_ : fits;
  const HeadScanner::Found found = scanner_.Scan(all);
  if (found == HeadScanner::Found::kBad) return Malformed(scanner_.problem());
  if (found == HeadScanner::Found::kNotYet) {
    if (all.size() == limits_.max_head_bytes) {
      return OverLimit("more bytes of head", limits_.max_head_bytes);
    }
    if (before == 0) head_ = fits;
    bytes = {};
    return {};
  }
  const HeadScanner head = std::exchange(scanner_, HeadScanner());
  bytes.remove_prefix(head.end() - before);
  RETURN_IF_ERROR(HeadCame(all.substr(head.begin(), head.end() - head.begin())));
  head_.clear();
  return {};
}

Status AnswerReader::HeadCame(std::string_view head) {
  answer_ = ReceivedAnswer();
  Head parser(limits_.max_header_fields, answer_);
  RETURN_IF_ERROR(parser.Parse(head));
  if (answer_.status == 101) return Malformed("101 though no other protocol was asked for");
  if (answer_.status < 200) return {};  // the answer is still to come
  keeps_alive_ = parser.keep_alive();
  return FrameBody();
}

Status AnswerReader::FrameBody() {
  if (!MayHaveBody(answer_.status)) {
    state_ = State::kDone;
    return {};
  }
  const auto length = answer_.headers.Find("content-length");
  if (const auto coding = answer_.headers.Find("transfer-encoding")) {
    if (length) return Malformed("both Content-Length and Transfer-Encoding");
    if (AsciiLower(*coding) != "chunked") return Malformed("Transfer-Encoding is not chunked");
    chunks_.emplace(limits_.max_body_bytes);
    state_ = State::kChunks;
    return {};
  }
  if (!length) {
    keeps_alive_ = false;
    state_ = State::kUntilEnd;
    return {};
  }
  const auto [end, error] = std::from_chars(length->begin(), length->end(), left_);
  if (error == std::errc::invalid_argument || end != length->end()) {
    return Malformed("Content-Length is not one number");
  }
  if (error != std::errc() || left_ > limits_.max_body_bytes) {
    return OverLimit("a body of " + std::string(*length) + " bytes", limits_.max_body_bytes);
  }
  answer_.body.reserve(std::min(left_, kBelievedBytes));
  state_ = left_ == 0 ? State::kDone : State::kLength;
  return {};
}

Status AnswerReader::TakeBody(std::string_view& bytes) {
  if (state_ == State::kChunks) {
    const std::string_view some = chunks_->Next(bytes);
    if (chunks_->refusal()) return Malformed(chunks_->refusal()->message);
    if (chunks_->is_done()) state_ = State::kDone;
    return Append(some);
  }
  if (state_ == State::kUntilEnd) return Append(std::exchange(bytes, {}));
  const std::string_view some = bytes.substr(0, left_);
  bytes.remove_prefix(some.size());
  left_ -= some.size();
  if (left_ == 0) state_ = State::kDone;
  return Append(some);
}

Status AnswerReader::Append(std::string_view bytes) {
  if (bytes.size() > limits_.max_body_bytes - answer_.body.size()) {
    return OverLimit("a larger body", limits_.max_body_bytes);
  }
  answer_.body.append(bytes);
  return {};
}

Status AnswerReader::PeerEnded() {
  if (state_ == State::kUntilEnd) state_ = State::kDone;
  if (is_done()) return {};
  return UnavailableError(has_begun_ ? "the connection broke off within an answer"
                                     : "the connection was closed without an answer");
}

ReceivedAnswer AnswerReader::TakeAnswer() {
  CHECK(is_done(), "the answer is there");
  state_ = State::kHead;
  has_begun_ = false;
  chunks_.reset();
  return std::exchange(answer_, ReceivedAnswer());
}

}  // namespace shoal
