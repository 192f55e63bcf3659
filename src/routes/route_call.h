// One request on its way through a route: what came, and how it is answered.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/http_handler.h"
#include "routes/error_answer.h"

namespace shoal {

// On the loop's thread. Answered once.
class RouteCall {
 public:
  // `headers` go with every answer. `reply` as in HttpHandler.
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

  HttpReply& reply() { return *reply_; }

  void Answer(HttpAnswer answer) { reply_->Answer(WithHeaders(std::move(answer))); }
  void AnswerJson(std::string body) {
    Answer({.headers = {{"Content-Type", "application/json"}}, .body = std::move(body)});
  }
  void Refuse(const Fault& fault) { Answer(ErrorAnswer(style_, fault)); }
  // Answers piece by piece, as HttpReply does.
  void Begin(HttpAnswer answer) { reply_->Begin(WithHeaders(std::move(answer))); }

 private:
  HttpAnswer WithHeaders(HttpAnswer answer) {
    answer.headers.insert(answer.headers.end(), std::make_move_iterator(headers_.begin()),
                          std::make_move_iterator(headers_.end()));
    return answer;
  }

  ApiStyle style_;
  std::vector<HttpField> headers_;
  HttpReply* reply_;
};

// As HttpHandler: answers at once and returns null, or returns what will.
using RouteHandler = std::function<std::unique_ptr<HttpWork>(RouteCall call)>;

}  // namespace shoal
