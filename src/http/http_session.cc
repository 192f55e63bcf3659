#include "http/http_session.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "base/check.h"
#include "http/answer_text.h"
#include "http/request_parser.h"

namespace shoal {
namespace {

// What is received beyond what a request needs: the beginning of the next.
constexpr std::size_t kReadAhead = 16 << 10;
constexpr std::size_t kReadAtMost = 256 << 10;
// Pieces of an answer that are smaller are put together.
constexpr std::size_t kPiece = 16 << 10;
// Those that are taken are let go of together.
constexpr std::size_t kTakenPieces = 64;

// A vector that is empty, a string that is: without their memory.
template <typename T>
void Free(T& container) {
  T().swap(container);
}

std::string ChunkSize(std::size_t size) {
  std::array<char, 24> text;
  const int length = std::snprintf(text.data(), text.size(), "%zx\r\n", size);
  return {text.data(), static_cast<std::size_t>(length)};
}

HttpAnswer AsText(const HttpRefusal& refusal) {
  HttpAnswer answer = {.status = refusal.status,
                       .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
                       .body = refusal.message + "\n"};
  if (refusal.status == 429) answer.headers.push_back({"Retry-After", "1"});
  return answer;
}

}  // namespace

HttpSession::HttpSession(const Options& options, std::string peer,
                         std::function<void()> wants_output, std::size_t& unread)
    : options_(options),
      peer_(std::move(peer)),
      wants_output_(std::move(wants_output)),
      unread_(unread) {}

HttpSession::~HttpSession() { unread_ -= unread_bytes(); }

void HttpSession::Receive(std::string_view bytes) {
  // After the last request nobody looks at what comes.
  if (phase_ == Phase::kOver || (phase_ == Phase::kAnswer && !keeps_alive_)) return;
  if (phase_ == Phase::kBody && input_.empty()) bytes.remove_prefix(TakeBody(bytes));
  input_.append(bytes);
  Proceed();
}

void HttpSession::PeerEnded() {
  peer_ended_ = true;
  Proceed();
}

// Takes of what has come as much as can be taken by now.
void HttpSession::Proceed() {
  std::size_t taken = 0;
  while (true) {
    const std::string_view rest = std::string_view(input_).substr(taken);
    std::size_t more = 0;
    if (phase_ == Phase::kIdle || phase_ == Phase::kHead) more = TakeHead(rest);
    if (phase_ == Phase::kBody) more += TakeBody(rest.substr(more));
    if (more == 0) break;
    taken += more;
  }
  input_.erase(0, taken);
  if (input_.empty() || (phase_ == Phase::kAnswer && !keeps_alive_)) Free(input_);
  EndWhatNobodyAwaits();
}

// Who ends its side while a request is in work has gone, as far as can be told from here.
void HttpSession::EndWhatNobodyAwaits() {
  if (!peer_ended_ || (phase_ == Phase::kAnswer && finished_)) return;
  EndWork();
  End();
}

void HttpSession::End() {
  phase_ = Phase::kOver;
  parser_.reset();
  Free(input_);
}

std::size_t HttpSession::TakeHead(std::string_view bytes) {
  if (bytes.empty()) return 0;
  const std::size_t most = options_.limits.max_head_bytes;
  const HeadScanner::Found found = scanner_.Scan(bytes.substr(0, most));
  if (found == HeadScanner::Found::kBad) {
    Refuse({.status = 400, .message = "found no request: " + std::string(scanner_.problem())});
    return 0;
  }
  if (found == HeadScanner::Found::kNotYet) {
    phase_ = scanner_.has_begun() ? Phase::kHead : Phase::kIdle;
    if (scanner_.end() == most) {
      Refuse({.status = 431,
              .message = "found a head of more than " + std::to_string(most) + " bytes"});
    }
    return 0;
  }
  const HeadScanner head = std::exchange(scanner_, HeadScanner());
  parser_ = std::make_unique<RequestParser>(options_.limits, options_.hold_body);
  const auto refusal = parser_->ParseHead(bytes.substr(head.begin(), head.end() - head.begin()));
  if (refusal) {
    Refuse(*refusal);
  } else {
    HeadCame(bytes.size() > head.end());
  }
  return head.end();
}

void HttpSession::HeadCame(bool body_follows) {
  HttpRequest& request = parser_->request();
  request.peer = peer_;
  is_head_ = request.method == "HEAD";
  is_http11_ = parser_->is_http11();
  keeps_alive_ = parser_->keeps_alive();
  has_served_ = true;
  if (options_.check_head) {
    if (std::optional<HttpAnswer> answer = options_.check_head(request)) {
      if (!parser_->is_done()) keeps_alive_ = false;
      parser_.reset();
      phase_ = Phase::kAnswer;
      return Answer(*std::move(answer));
    }
  }
  if (parser_->is_done()) return Handle();
  phase_ = Phase::kBody;
  if (!parser_->expects_continue() || body_follows) return;
  Push("HTTP/1.1 100 Continue\r\n\r\n");
  wants_output_();
}

std::size_t HttpSession::TakeBody(std::string_view bytes) {
  const std::size_t taken = parser_->ParseBody(bytes);
  if (parser_->refusal()) {
    Refuse(HttpRefusal(*parser_->refusal()));
  } else if (parser_->is_done()) {
    Handle();
  }
  return taken;
}

void HttpSession::Handle() {
  phase_ = Phase::kAnswer;
  HttpRequest request = std::move(parser_->request());
  parser_.reset();
  work_ = options_.handler(std::move(request), *this);
  CHECK(work_ || finished_, "who does not answer at once leaves something that will");
}

void HttpSession::Refuse(const HttpRefusal& refusal) {
  HttpAnswer answer = options_.write_refusal
                          ? options_.write_refusal(refusal, parser_ ? &parser_->request() : nullptr)
                          : AsText(refusal);
  parser_.reset();
  keeps_alive_ = false;
  phase_ = Phase::kAnswer;
  Answer(std::move(answer));
}

void HttpSession::Answer(HttpAnswer answer) {
  CHECK(phase_ == Phase::kAnswer && !begun_, "a request has one answer");
  begun_ = finished_ = true;
  const bool may = MayHaveBody(answer.status);
  Push(AnswerHead(answer,
                  {.length = may ? std::optional<std::uint64_t>(answer.body.size()) : std::nullopt,
                   .closes = Closes(),
                   .says_keep_alive = !is_http11_}));
  if (may && !is_head_) Push(std::move(answer.body));
  wants_output_();
}

void HttpSession::Begin(HttpAnswer answer) {
  CHECK(phase_ == Phase::kAnswer && !begun_, "a request has one answer");
  begun_ = true;
  const bool may = MayHaveBody(answer.status);
  has_body_ = may && !is_head_;
  is_chunked_ = may && is_http11_;
  if (may && !is_http11_) keeps_alive_ = false;  // the end of the connection is that of the body
  Push(AnswerHead(answer,
                  {.is_chunked = is_chunked_, .closes = Closes(), .says_keep_alive = !is_http11_}));
  Send(answer.body);
  wants_output_();
}

void HttpSession::Send(std::string_view piece) {
  CHECK(begun_ && !finished_, "an answer that has begun and is not finished");
  if (piece.empty() || !has_body_) return;
  if (is_chunked_) Push(ChunkSize(piece.size()));
  Push(std::string(piece));
  if (is_chunked_) Push("\r\n");
  wants_output_();
}

void HttpSession::Finish() {
  CHECK(begun_ && !finished_, "an answer that has begun and is not finished");
  finished_ = true;
  if (has_body_ && is_chunked_) Push("0\r\n\r\n");
  wants_output_();
}

// The body lacks its end: so the client knows that something is missing.
void HttpSession::Cut() {
  CHECK(begun_ && !finished_, "an answer that has begun and is not finished");
  finished_ = true;
  keeps_alive_ = false;
  unread_ -= unsent_;
  unsent_ = 0;
  Free(pieces_);
  first_ = offset_ = 0;
  wants_output_();
}

// Whether the answer that is written now is the last of the connection.
bool HttpSession::Closes() {
  if (draining_ || (peer_ended_ && input_.empty())) keeps_alive_ = false;
  return !keeps_alive_;
}

bool HttpSession::TakeOutput(std::string& to, std::size_t enough) {
  while (true) {
    TakePieces(to, enough);
    if (!pieces_.empty() || phase_ != Phase::kAnswer || !finished_) {
      if (std::exchange(took_some_, false) && work_) work_->OnSent();
      // The work may have found that nothing more is to be sent.
      if (!pieces_.empty() || !finished_) break;
    }
    EndAnswer();
    Proceed();
  }
  return !pieces_.empty();
}

void HttpSession::Keeps(std::size_t bytes) {
  unread_ = unread_ - kept_ + bytes;
  kept_ = bytes;
}

void HttpSession::EndWork() {
  work_.reset();
  Keeps(0);
}

void HttpSession::EndAnswer() {
  EndWork();
  begun_ = finished_ = false;
  is_head_ = has_body_ = is_chunked_ = false;
  is_http11_ = true;  // for a refusal of what comes
  took_some_ = false;
  phase_ = Phase::kIdle;
  if (!keeps_alive_ || draining_) End();
}

std::size_t HttpSession::wants_input() const {
  switch (phase_) {
    case Phase::kIdle:
    case Phase::kHead:
      return kReadAhead;
    case Phase::kBody:
      return std::min<std::uint64_t>(kReadAtMost, parser_->body_left() + kReadAhead);
    case Phase::kAnswer:
      if (!keeps_alive_) return kReadAtMost;
      return kReadAhead - std::min(kReadAhead, input_.size());
    case Phase::kOver:
      return kReadAtMost;
  }
  return 0;
}

void HttpSession::TimeOut() {
  if (phase_ == Phase::kHead || phase_ == Phase::kBody) {
    Refuse({.status = 408, .message = "the rest of the request did not come in time"});
  } else if (phase_ == Phase::kIdle) {
    End();
    wants_output_();
  }
}

void HttpSession::Drain() {
  draining_ = true;
  if (phase_ == Phase::kIdle) End();
  wants_output_();
}

void HttpSession::Push(std::string piece) {
  if (piece.empty()) return;
  unsent_ += piece.size();
  unread_ += piece.size();
  if (!pieces_.empty() && pieces_.back().size() + piece.size() <= kPiece) {
    pieces_.back().append(piece);
  } else {
    pieces_.push_back(std::move(piece));
  }
}

void HttpSession::TakePieces(std::string& to, std::size_t enough) {
  while (first_ < pieces_.size() && to.size() < enough) {
    const std::string& piece = pieces_[first_];
    const std::size_t size = std::min(piece.size() - offset_, enough - to.size());
    to.append(piece, offset_, size);
    unsent_ -= size;
    unread_ -= size;
    offset_ += size;
    took_some_ = true;
    if (offset_ < piece.size()) continue;
    Free(pieces_[first_++]);
    offset_ = 0;
  }
  if (first_ < pieces_.size()) {
    if (first_ < kTakenPieces) return;
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
    return;
  }
  Free(pieces_);
  first_ = 0;
}

}  // namespace shoal
