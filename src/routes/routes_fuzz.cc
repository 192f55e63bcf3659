// What a client may say to the public HTTP port: a small program of bytes that come and of what
// else happens meanwhile (answers leave, the handler answers late, time is over, the client goes).
// Whatever it is, what is sent are whole answers with a status, every request that the handler has
// ends, and nothing is counted that is gone.
//
//   steps: what is done, and bytes for it
#include "routes/routes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/fuzz_input.h"
#include "base/utf8.h"

namespace shoal {
namespace {

constexpr Limits kLimits = {.max_texts = 4, .max_text_bytes = 64, .max_request_bytes = 400};
constexpr std::size_t kReceived = 1000;
// So that three texts or four are answered in parts.
constexpr int kDim = 11'000;

class StandingClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point Now() const override { return {}; }
};

// Answers at once, later or never, and refuses, as it is told.
class FakeHandler final : public EmbedHandler, public TokenizeHandler {
 public:
  enum Mode : std::uint8_t {
    kRefuse = 1,
    kAtOnce = 2,
    kAsItIsCancelled = 4,
    kFail = 8,
    kZeros = 16,  // which take few digits
  };

  CallId NewCallId() override { return ++last_id_; }
  std::optional<Refusal> Start(CallId id, EmbedRequest request, ReplySink& sink) override {
    CheckTexts(request.texts);
    CHECK(IsRequestId(request.request_id), "a request has a name");
    CHECK(!request.deadline || *request.deadline > std::chrono::steady_clock::time_point(),
          "a deadline is yet to come");
    if ((mode & kRefuse) != 0) return Full();
    waiting_[id] = {&sink, request.texts.size()};
    if ((mode & kAtOnce) != 0) Answer(id);
    return std::nullopt;
  }
  void Cancel(CallId id) override {
    if ((mode & kAsItIsCancelled) != 0) Answer(id);
  }
  ServiceInfo Info() override { return {.model = {.name = "model", .dim = kDim}, .workers = {{}}}; }

  std::optional<Refusal> Tokenize(TokenizeRequest request, Done done) override {
    CheckTexts(request.texts);
    if ((mode & kRefuse) != 0) return Full();
    tokenizing_.emplace_back(std::move(request), std::move(done));
    return std::nullopt;
  }

  void AnswerOne() {
    if (!waiting_.empty()) return Answer(waiting_.begin()->first);
    if (tokenizing_.empty()) return;
    const auto [request, done] = std::move(tokenizing_.back());
    tokenizing_.pop_back();
    if ((mode & kFail) != 0) return done(Full());
    TokenizeReply reply;
    for (const std::string& text : request.texts) {
      const auto end = static_cast<std::uint32_t>(text.size());
      reply.texts.push_back({.text = text, .tokens = {{.id = 5, .begin = 0, .end = end}}});
    }
    if (request.special_tokens) reply.first = SpecialToken{.id = 1, .text = "[CLS]"};
    done(std::move(reply));
  }
  bool is_waited_for() const { return !waiting_.empty() || !tokenizing_.empty(); }

  std::uint8_t mode = 0;

 private:
  static void CheckTexts(const std::vector<std::string>& texts) {
    CHECK(!texts.empty() && texts.size() <= kLimits.max_texts, "limits hold");
    for (const std::string& text : texts) {
      CHECK(text.size() <= kLimits.max_text_bytes && !FirstInvalidUtf8(text), "texts are checked");
    }
  }
  static Refusal Full() {
    return {.verdict = Verdict::kOverloaded,
            .message = "full",
            .retry_after = std::chrono::milliseconds(1)};
  }
  void Answer(CallId id) {
    const auto found = waiting_.extract(id);
    if (found.empty()) return;
    const auto [sink, texts] = found.mapped();
    if ((mode & kFail) != 0) return sink->Finish(Full(), {});
    sink->Finish(EmbedReply{.dim = kDim,
                            .vectors = std::string(texts * kDim * sizeof(float),
                                                   (mode & kZeros) != 0 ? '\0' : '?'),
                            .token_counts = std::vector<std::uint32_t>(texts, 3)},
                 {});
  }

  CallId last_id_ = 0;
  std::map<CallId, std::pair<ReplySink*, std::size_t>> waiting_;
  std::vector<std::pair<TokenizeRequest, Done>> tokenizing_;
};

class Talk {
 public:
  explicit Talk(std::string_view input) : input_(input) {}
  ~Talk() {
    session_.reset();
    CHECK(unread_ == 0, "what is not read is not counted when it is gone");
    while (handler_.is_waited_for()) handler_.AnswerOne();
    CHECK(context_.pending.count == 0, "every request ends");
    CHECK(received_.used() == 0, "what is answered is not held");
  }

  void Run() {
    while (!input_.is_empty()) Step(input_.Byte());
    handler_.mode = FakeHandler::kAsItIsCancelled;
    Read(SIZE_MAX);
    while (handler_.is_waited_for()) {
      handler_.AnswerOne();
      Read(SIZE_MAX);
    }
    CHECK(session_->phase() != HttpSession::Phase::kAnswer, "what came whole is answered");
    session_->PeerEnded();
    Read(SIZE_MAX);
    CHECK(session_->is_over(), "no more can come");
  }

 private:
  // From 7 on, so many bytes come.
  void Step(std::uint8_t step) {
    switch (step) {
      case 0:
        handler_.mode = input_.Byte();
        return;
      case 1:
        return handler_.AnswerOne();
      case 2:
        return Read(std::size_t{1} << (input_.Byte() % 20));
      case 3:
        return Hear(Known(input_.Byte()));
      case 4:
        return session_->TimeOut();
      case 5:
        if (input_.Byte() == 0) session_->Drain();
        return;
      case 6:
        if (input_.Byte() == 0) session_->PeerEnded();
        return;
      default:
        return Hear(input_.Take(step - 6u));
    }
  }

  void Hear(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t wanted = session_->wants_input();
      if (wanted == 0) return;  // it stays in the socket, and nobody comes back for it here
      session_->Receive(bytes.substr(0, wanted));
      bytes.remove_prefix(std::min(bytes.size(), wanted));
      CHECK(received_.used() <= kReceived, "no more is held than there is");
    }
  }

  void Read(std::size_t enough) {
    std::string output;
    bool more = true;
    while (more && output.size() < enough) more = session_->TakeOutput(output, enough);
    if (is_first_ && !output.empty()) {
      is_first_ = false;
      CHECK(output.starts_with(std::string_view("HTTP/1.1 ").substr(0, enough)), "an answer");
    }
    CHECK(unread_ == session_->unread_bytes(), "what waits is counted");
    CHECK(session_->unsent_bytes() < (1 << 20), "large answers come in parts");
  }

  static std::string_view Known(std::uint8_t which) {
    constexpr std::array<std::string_view, 12> kKnown = {
        "POST /v1/embeddings HTTP/1.1\r\nHost: h\r\nContent-Length: 13\r\n\r\n{\"input\":\"a\"}",
        "POST /v1/embeddings HTTP/1.1\r\nHost: h\r\nContent-Length: 27\r\n\r\n"
        "{\"input\":[\"a\",\"b\",\"c\",\"d\"]}",
        "POST /v1/embeddings HTTP/1.0\r\nContent-Length: 27\r\n\r\n"
        "{\"input\":[\"a\",\"b\",\"c\",\"d\"]}",
        "POST /embeddings HTTP/1.1\r\nHost: h\r\nx-request-timeout-ms: 5\r\nTransfer-Encoding: "
        "chunked\r\n\r\nd\r\n{\"input\":\"a\"}\r\n0\r\n\r\n",
        "GET /v1/models HTTP/1.1\r\nHost: h\r\n\r\n",
        "HEAD /v1/models/model HTTP/1.1\r\nHost: h\r\n\r\n",
        "OPTIONS /v1/embeddings HTTP/1.1\r\nHost: h\r\nOrigin: https://a\r\n"
        "Access-Control-Request-Method: POST\r\n\r\n",
        "POST /v1/embeddings HTTP/1.1\r\nHost: h\r\nContent-Length: 300\r\n\r\n",
        "POST /embed HTTP/1.1\r\nHost: h\r\nContent-Length: 14\r\n\r\n{\"inputs\":\"a\"}",
        "POST /tokenize HTTP/1.1\r\nHost: h\r\nContent-Length: 14\r\n\r\n{\"inputs\":\"a\"}",
        "POST /api/embed HTTP/1.1\r\nHost: h\r\nContent-Length: 29\r\n\r\n"
        "{\"model\":\"model\",\"input\":\"a\"}",
        "GET /health HTTP/1.1\r\nHost: h\r\n\r\n",
    };
    return kKnown[which % kKnown.size()];
  }

  const StandingClock clock_;
  FuzzInput input_;
  FakeHandler handler_;
  ByteBudget received_{kReceived};
  RouteContext context_{.clock = clock_,
                        .handler = handler_,
                        .tokenizer = handler_,
                        .limits = kLimits,
                        .model = handler_.Info().model,
                        .names = ModelNames("model", {"alias"}),
                        .version = "1",
                        .received = received_,
                        .pending = {.handler = handler_},
                        .request_ids = RequestIds(1),
                        .reports = {.clock = clock_}};
  Routes routes_{{.allowed_origins = {"https://a"}, .is_ready = [] { return true; }}, context_};
  const HttpSession::Options options_ = routes_.Serve();
  std::size_t unread_ = 0;
  bool is_first_ = true;
  std::unique_ptr<HttpSession> session_ = std::make_unique<HttpSession>(
      options_, "ipv4:127.0.0.1:1", [] {}, unread_);
};

}  // namespace
}  // namespace shoal

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  shoal::Talk({reinterpret_cast<const char*>(data), size}).Run();
  return 0;
}
