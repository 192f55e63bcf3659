// One request on its way through a route: what came, and how it is answered.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edge/call_report.h"
#include "edge/client_key.h"
#include "http/http_handler.h"
#include "routes/error_answer.h"

namespace shoal {

// On the loop's thread. Answered once.
class RouteCall {
 public:
  // `headers` go with every answer, but for those that it has itself. `reply` as in HttpHandler.
  RouteCall(HttpRequest came, ApiStyle style, std::string id, std::vector<HttpField> headers,
            HttpReply& reply)
      : request(std::move(came)),
        request_id(std::move(id)),
        style_(style),
        headers_(std::move(headers)),
        reply_(&reply) {}

  HttpRequest request;
  std::string request_id;
  std::string name;  // what stands where the route's path has {name}, percent-decoded
  std::optional<CallReport> report;  // of a call for vectors

  HttpReply& reply() { return *reply_; }

  void Answer(HttpAnswer answer) { reply_->Answer(WithHeaders(std::move(answer))); }
  void AnswerJson(std::string body) {
    Answer({.headers = {{"Content-Type", "application/json"}}, .body = std::move(body)});
  }
  void Refuse(const Fault& fault, const CallWork& work = {}) {
    Answer(ErrorAnswer(style_, fault));
    Tell(fault.refusal.verdict, fault.refusal.message, work);
  }
  // That the call is over, if it is one for vectors.
  void Tell(Verdict verdict, std::string_view message, const CallWork& work = {}) {
    if (!report) return;
    const std::string_view given = request.headers.Find("x-shoal-client").value_or("");
    report->End({verdict, message, request_id, ClientName(given, request.peer)}, work);
  }
  // Answers piece by piece, as HttpReply does.
  void Begin(HttpAnswer answer) { reply_->Begin(WithHeaders(std::move(answer))); }

 private:
  HttpAnswer WithHeaders(HttpAnswer answer) {
    const std::size_t own = answer.headers.size();
    for (HttpField& common : headers_) {
      const bool is_said = std::any_of(
          answer.headers.begin(), answer.headers.begin() + static_cast<std::ptrdiff_t>(own),
          [&common](const HttpField& field) { return field.name == common.name; });
      if (!is_said) answer.headers.push_back(std::move(common));
    }
    return answer;
  }

  ApiStyle style_;
  std::vector<HttpField> headers_;
  HttpReply* reply_;
};

// As HttpHandler: answers at once and returns null, or returns what will.
using RouteHandler = std::function<std::unique_ptr<HttpWork>(RouteCall call)>;

}  // namespace shoal
