// Bytes of a client: whatever they are, a session makes the same requests and answers of them
// however they are cut, gives back what they took, and ends where it refuses.
//
//   how to cut in 1 byte, bytes
#include "http/http_session.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/check.h"

namespace shoal {
namespace {

struct Account {
  std::size_t held = 0;
  std::size_t most = 0;
};

class Hold final : public BodyHold {
 public:
  explicit Hold(Account& account) : account_(account) {}
  ~Hold() override { account_.held -= held_; }
  bool TryGrow(std::size_t bytes) override {
    held_ += bytes;
    account_.held += bytes;
    account_.most = std::max(account_.most, account_.held);
    return true;
  }

 private:
  Account& account_;
  std::size_t held_ = 0;
};

// Answers when it is told to.
class Later final : public HttpWork {
 public:
  Later(HttpReply& reply, Later*& here) : reply_(reply), here_(here) { here_ = this; }
  ~Later() override { here_ = nullptr; }
  void Answer() {
    here_ = nullptr;
    reply_.Begin({.body = "be"});
    reply_.Send("gin");
    reply_.Finish();
  }

 private:
  HttpReply& reply_;
  Later*& here_;
};

struct Heard {
  std::string requests;
  std::string answers;
  bool operator==(const Heard&) const = default;
};

std::string TextOf(const HttpRequest& request) {
  std::string text = request.method + " " + request.path + "?" + request.query + "\n";
  for (const HttpField& field : request.headers.all())
    text += field.name + ":" + field.value + "\n";
  return text + request.body + "\n";
}

void Without(std::string_view what, std::string& text) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos;) {
    text.erase(at, what.size());
  }
}

// `step`: bytes that come and are taken at a time.
Heard Serve(std::string_view bytes, std::size_t step) {
  Heard heard;
  Account account;
  Later* later = nullptr;
  std::size_t unsent = 0;
  HttpSession::Options options;
  options.limits = {.max_head_bytes = 400, .max_header_fields = 8, .max_body_bytes = 100};
  options.hold_body = [&] { return std::make_unique<Hold>(account); };
  options.check_head = [](const HttpRequest& head) {
    return head.path == "/no" ? std::optional(HttpAnswer{.status = 401}) : std::nullopt;
  };
  options.handler = [&](const HttpRequest& request, HttpReply& reply) -> std::unique_ptr<HttpWork> {
    heard.requests += TextOf(request);
    CHECK(request.body.size() <= 100 && request.path[0] == '/', "what the limits and checks say");
    if (request.path.size() % 2 == 0) return std::make_unique<Later>(reply, later);
    reply.Answer({.body = "ok"});
    return nullptr;
  };
  {
    HttpSession session(
        options, "peer", [] {}, unsent);
    const auto settle = [&] {
      bool more = true;
      while (more || later != nullptr) {
        if (later != nullptr) later->Answer();
        std::string output;
        more = session.TakeOutput(output, step);
        CHECK(!session.is_over() || !more, "what is over has nothing to say");
        heard.answers += output;
      }
    };
    while (!bytes.empty()) {
      const std::string_view some = bytes.substr(0, step);
      bytes.remove_prefix(some.size());
      session.Receive(some);
      settle();
      CHECK(session.wants_input() > 0, "nothing is in work");
    }
    session.PeerEnded();
    settle();
    CHECK(session.is_over(), "no more can come");
    CHECK(account.most <= 100, "the body takes no more than it may");
  }
  CHECK(unsent == 0 && account.held == 0, "what was taken is given back");
  // Said only to whom has not sent the body yet.
  Without("HTTP/1.1 100 Continue\r\n\r\n", heard.answers);
  return heard;
}

void ServeCut(std::string_view input) {
  if (input.empty()) return;
  const std::size_t step = 1 + static_cast<unsigned char>(input[0]) % 64;
  input.remove_prefix(1);
  const Heard whole = Serve(input, SIZE_MAX);
  CHECK(Serve(input, step) == whole, "it does not matter how the bytes are cut");
  CHECK(Serve(input, 1) == whole, "it does not matter that they come singly");
}

}  // namespace
}  // namespace shoal

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  shoal::ServeCut({reinterpret_cast<const char*>(data), size});
  return 0;
}
