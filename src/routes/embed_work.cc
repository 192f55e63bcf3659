#include "routes/embed_work.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <optional>
#include <utility>
#include <variant>

#include "routes/body_hold.h"
#include "routes/parted_answer.h"

namespace shoal {
namespace {

// "2.944" of 2944.
std::string Milliseconds(std::int64_t us) {
  const std::string rest = std::to_string(1000 + std::max<std::int64_t>(us, 0) % 1000);
  return std::to_string(std::max<std::int64_t>(us, 0) / 1000) + "." + rest.substr(1);
}

std::string ServerTiming(const EmbedTiming& timing) {
  return "tok;dur=" + Milliseconds(timing.tokenize_us) +
         ", queue;dur=" + Milliseconds(timing.queue_us) +
         ", infer;dur=" + Milliseconds(timing.compute_us) +
         ", total;dur=" + Milliseconds(timing.total_us);
}

class EmbedWork final : public HttpWork {
 public:
  EmbedWork(RouteCall call, FormReply form, FormRefusal form_refusal)
      : call_(std::move(call)), form_(std::move(form)), form_refusal_(std::move(form_refusal)) {}
  ~EmbedWork() override {
    if (pending_ == nullptr) return;
    call_.Tell(Verdict::kCancelled, kClientGone);
    pending_->Abandon();
  }

  void Start(EmbedRequest request, RouteContext& context) {
    pending_ = PendingCall::New(context.pending, TakeHold(call_.request),
                                [this](EmbedOutcome outcome, const CallWork& work) {
                                  pending_ = nullptr;
                                  Answer(std::move(outcome), work);
                                });
    if (auto refusal = pending_->Start(std::move(request))) {
      pending_ = nullptr;
      Refuse(*std::move(refusal));
    }
  }

 private:
  void Refuse(Refusal refusal, const CallWork& work = {}) {
    if (form_refusal_) form_refusal_(refusal);
    call_.Refuse({std::move(refusal)}, work);
  }

  void Answer(EmbedOutcome outcome, const CallWork& work) {
    auto* const reply = std::get_if<EmbedReply>(&outcome);
    if (reply == nullptr) return Refuse(std::get<Refusal>(std::move(outcome)), work);
    if (call_.report) call_.report->BeginWriting();
    EmbedReplyForm form = form_(*reply, work.timing);
    HttpAnswer answer{.headers = std::move(form.headers)};
    answer.headers.push_back({"Content-Type", "application/json"});
    answer.headers.push_back({"server-timing", ServerTiming(work.timing)});
    answer_.emplace(VectorsBody(std::move(form.layout), std::move(reply->vectors), reply->dim));
    answer_->Begin(call_, std::move(answer));
    call_.Tell(Verdict::kOk, "", work);
  }

  void OnSent() override {
    if (answer_) answer_->GoOn(call_);
  }

  RouteCall call_;
  const FormReply form_;
  const FormRefusal form_refusal_;  // may be empty
  PendingCall* pending_ = nullptr;  // until it answers
  std::optional<PartedAnswer<VectorsBody>> answer_;
};

}  // namespace

std::optional<Api> EmbedApiOf(std::string_view path) {
  constexpr std::array<std::pair<std::string_view, Api>, 7> kPaths = {{
      {"/v1/embeddings", Api::kOpenAi},
      {"/embeddings", Api::kOpenAi},
      {"/embed", Api::kTei},
      {"/", Api::kTei},
      {"/similarity", Api::kTei},
      {"/api/embed", Api::kOllama},
      {"/api/embeddings", Api::kOllama},
  }};
  for (const auto& [known, api] : kPaths) {
    if (known == path) return api;
  }
  return std::nullopt;
}

std::uint64_t TokensOf(const EmbedReply& reply) {
  return std::accumulate(reply.token_counts.begin(), reply.token_counts.end(), std::uint64_t{0});
}

std::unique_ptr<HttpWork> StartEmbed(RouteCall call, EmbedRequest request, RouteContext& context,
                                     FormReply form, FormRefusal form_refusal) {
  auto terms = ReadCallTerms(call.request, context.clock.Now());
  if (const auto* const refusal = std::get_if<Refusal>(&terms)) {
    call.Refuse({*refusal});
    return nullptr;
  }
  if (const auto refusal = context.names.Check(request.model)) {
    call.Refuse({*refusal});
    return nullptr;
  }
  const CallTerms& given = std::get<CallTerms>(terms);
  request.request_id = call.request_id;
  request.priority = given.priority;
  request.client = given.client;
  request.deadline = given.deadline;
  request.says_retry = given.says_retry;
  if (call.report) {
    call.report->texts = request.texts.size();
    request.trace = call.report->trace;
  }
  auto work =
      std::make_unique<EmbedWork>(std::move(call), std::move(form), std::move(form_refusal));
  work->Start(std::move(request), context);
  return work;
}

}  // namespace shoal
