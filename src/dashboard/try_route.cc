#include "dashboard/try_route.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "json/writer.h"
#include "routes/body_hold.h"
#include "routes/call_terms.h"
#include "routes/request_body.h"
#include "routes/vector_math.h"

namespace shoal {
namespace {

void WriteTiming(const EmbedTiming& timing, JsonWriter& json) {
  const auto write = [&json](std::string_view key, std::int64_t us) {
    json.Key(key).Double(static_cast<double>(us) / 1e3);
  };
  json.Key("timing_ms").BeginObject();
  write("tokenize", timing.tokenize_us);
  write("queue", timing.queue_us - timing.tokenize_us);
  write("dispatch", timing.dispatch_us);
  write("inference", timing.compute_us);
  write("total", timing.total_us);
  json.EndObject();
}

std::string JsonOf(const EmbedReply& reply, const CallWork& work, std::string_view request_id) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("request_id").String(request_id).Key("dim").Int(reply.dim);
  json.Key("tokens").BeginArray();
  for (const std::uint32_t count : reply.token_counts) json.UInt(count);
  json.EndArray().Key("truncated").UInt(reply.truncated);
  json.Key("similarity").BeginArray();
  for (const std::vector<float>& row : CosinesOfAll(reply.vectors, reply.dim)) json.Floats(row);
  json.EndArray();
  WriteTiming(work.timing, json);
  json.Key("queue").String(work.queue).Key("attempts").UInt(work.attempts);
  json.Key("workers").BeginArray();
  for (const auto& worker : work.workers) {
    json.BeginObject().Key("id").String(worker->id);
    json.Key("incarnation").String(worker->incarnation).EndObject();
  }
  json.EndArray().EndObject();
  return body;
}

class TryWork final : public HttpWork {
 public:
  explicit TryWork(RouteCall call) : call_(std::move(call)) {}
  ~TryWork() override {
    if (pending_ != nullptr) pending_->Abandon();
  }

  void Start(EmbedRequest request, PendingCalls& calls) {
    pending_ = PendingCall::New(calls, TakeHold(call_.request),
                                [this](const EmbedOutcome& outcome, const CallWork& work) {
                                  pending_ = nullptr;
                                  Answer(outcome, work);
                                });
    if (const auto refusal = pending_->Start(std::move(request))) {
      pending_ = nullptr;
      call_.Refuse({*refusal});
    }
  }

 private:
  void Answer(const EmbedOutcome& outcome, const CallWork& work) {
    const auto* const reply = std::get_if<EmbedReply>(&outcome);
    if (reply == nullptr) return call_.Refuse({std::get<Refusal>(outcome)});
    call_.AnswerJson(JsonOf(*reply, work, call_.request_id));
  }

  RouteCall call_;
  PendingCall* pending_ = nullptr;  // until it answers
};

std::variant<EmbedRequest, Fault> ReadTry(std::string_view body, const Limits& limits) {
  EmbedRequest request;
  bool has_texts = false;
  RequestBody reader("texts", limits);
  auto fault = reader.Read(body, [&](std::string_view name, JsonItem& item) {
    if (name == "texts") {
      has_texts = true;
      return reader.ReadTexts(item, request.texts, request.texts_are_list);
    }
    if (name == "prompt_name") return reader.ReadWord(item, name, request.prompt_name);
    return true;
  });
  if (fault) return *std::move(fault);
  if (has_texts) return request;
  return Fault{{.verdict = Verdict::kInvalidRequest,
                .message = "the body has no texts; an array of strings is accepted"},
               "texts"};
}

std::unique_ptr<HttpWork> Try(RouteCall call, DashboardContext& context) {
  Limits limits = context.limits;
  limits.max_texts = std::min(limits.max_texts, kMostTriedTexts);
  auto read = ReadTry(call.request.body, limits);
  auto terms = ReadCallTerms(call.request, context.clock.Now());
  if (const auto* const fault = std::get_if<Fault>(&read)) {
    call.Refuse(*fault);
    return nullptr;
  }
  if (const auto* const refusal = std::get_if<Refusal>(&terms)) {
    call.Refuse({*refusal});
    return nullptr;
  }
  auto& request = std::get<EmbedRequest>(read);
  const auto& given = std::get<CallTerms>(terms);
  request.request_id = call.request_id;
  request.priority = given.priority;
  request.client = given.client;
  request.deadline = given.deadline;
  auto work = std::make_unique<TryWork>(std::move(call));
  work->Start(std::move(request), context.pending);
  return work;
}

}  // namespace

void AddTryRoute(DashboardContext& context, RouteTable& routes) {
  routes.Add("POST", "/api/v1/try",
             [&context](RouteCall call) { return Try(std::move(call), context); });
}

}  // namespace shoal
