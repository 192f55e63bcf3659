#include "routes/tei_tokenize.h"

#include <memory>
#include <optional>
#include <utility>

#include "json/writer.h"
#include "routes/body_hold.h"
#include "routes/parted_answer.h"
#include "routes/request_body.h"

namespace shoal {
namespace {

void WriteToken(const TextToken& token, std::string_view text, std::string& to) {
  JsonWriter json(to);
  json.BeginObject().Key("id").Int(token.id);
  json.Key("text").String(text.substr(token.begin, token.end - token.begin));
  json.Key("special").Bool(false).Key("start").UInt(token.begin).Key("stop").UInt(token.end);
  json.EndObject();
}

void WriteSpecial(const SpecialToken& token, std::string& to) {
  JsonWriter json(to);
  json.BeginObject().Key("id").Int(token.id).Key("text").String(token.text);
  json.Key("special").Bool(true).Key("start").Null().Key("stop").Null().EndObject();
}

class TokenizeWork final : public HttpWork {
 public:
  explicit TokenizeWork(RouteCall call) : call_(std::move(call)), wait_(std::make_shared<Wait>()) {
    wait_->work = this;
    wait_->hold = TakeHold(call_.request);
  }
  ~TokenizeWork() override { wait_->work = nullptr; }

  void Start(TokenizeRequest request, RouteContext& context) {
    auto refusal =
        context.tokenizer.Tokenize(std::move(request), [wait = wait_](TokenizeOutcome outcome) {
          if (wait->work != nullptr) wait->work->Answer(std::move(outcome));
          wait->hold = {};
        });
    if (refusal) call_.Refuse({*std::move(refusal)});
  }

 private:
  // What is there until the handler is done, though the client may have gone.
  struct Wait {
    TokenizeWork* work = nullptr;  // null: it has gone
    ByteBudget::Hold hold;
  };

  void Answer(TokenizeOutcome outcome) {
    auto* const reply = std::get_if<TokenizeReply>(&outcome);
    if (reply == nullptr) return call_.Refuse({std::get<Refusal>(std::move(outcome))});
    answer_.emplace(TokensBody(std::move(*reply)));
    answer_->Begin(call_, {.headers = {{"Content-Type", "application/json"}}});
  }

  void OnSent() override {
    if (answer_) answer_->GoOn(call_);
  }

  RouteCall call_;
  const std::shared_ptr<Wait> wait_;
  std::optional<PartedAnswer<TokensBody>> answer_;
};

std::unique_ptr<HttpWork> Tokenize(RouteCall call, RouteContext& context) {
  auto read = ReadTeiTokenize(call.request.body, context.limits);
  if (const auto* const fault = std::get_if<Fault>(&read)) {
    call.Refuse(*fault);
    return nullptr;
  }
  std::string().swap(call.request.body);
  auto work = std::make_unique<TokenizeWork>(std::move(call));
  work->Start(std::get<TokenizeRequest>(std::move(read)), context);
  return work;
}

}  // namespace

std::variant<TokenizeRequest, Fault> ReadTeiTokenize(std::string_view body, const Limits& limits) {
  TokenizeRequest request;
  request.texts_name = "inputs";
  bool has_inputs = false;
  RequestBody reader("inputs", limits);
  auto fault = reader.Read(body, [&](std::string_view name, JsonItem& item) {
    if (name == "inputs") {
      has_inputs = true;
      return reader.ReadTexts(item, request.texts, request.texts_are_list);
    }
    if (name == "add_special_tokens") return reader.ReadFlag(item, request.special_tokens);
    if (name == "prompt_name") return reader.ReadWord(item, name, request.prompt_name);
    return true;
  });
  if (fault) return *std::move(fault);
  if (has_inputs) return request;
  return Fault{{.verdict = Verdict::kInvalidRequest,
                .message = "the body has no inputs; a string or an array of strings is accepted"}};
}

std::size_t TokensBody::kept_bytes() const {
  std::size_t bytes = 0;
  for (const TextTokens& text : reply_.texts) {
    bytes += text.text.size() + text.tokens.size() * sizeof(TextToken);
  }
  return bytes;
}

std::size_t TokensBody::size_hint() const {
  constexpr std::size_t kTokenBytes = 64;  // without its text
  std::size_t bytes = 2;
  for (const TextTokens& text : reply_.texts) {
    bytes += text.text.size() + (text.tokens.size() + 3) * kTokenBytes;
  }
  return bytes;
}

void TokensBody::Write(std::string& to, std::size_t enough) {
  while (!done_ && to.size() < enough) WriteNext(to);
}

// One token, and the brackets around it.
void TokensBody::WriteNext(std::string& to) {
  if (token_ == 0) to += text_ == 0 ? "[[" : ",[";
  const TextTokens& text = reply_.texts[text_];
  const std::size_t before = reply_.first ? 1 : 0;
  const std::size_t all = before + text.tokens.size() + (reply_.last ? 1 : 0);
  if (token_ > 0 && token_ < all) to += ',';
  if (token_ < before) {
    WriteSpecial(*reply_.first, to);
  } else if (token_ < before + text.tokens.size()) {
    WriteToken(text.tokens[token_ - before], text.text, to);
  } else if (token_ < all) {
    WriteSpecial(*reply_.last, to);
  }
  if (++token_ < all) return;
  to += ']';
  token_ = 0;
  if (++text_ < reply_.texts.size()) return;
  to += ']';
  done_ = true;
}

void AddTeiTokenizeRoute(RouteContext& context, RouteTable& routes) {
  routes.Add("POST", "/tokenize",
             [&context](RouteCall call) { return Tokenize(std::move(call), context); });
}

}  // namespace shoal
