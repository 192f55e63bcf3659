// Between the HTTP server and who serves its routes.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "http/http_message.h"

namespace shoal {

// Answers one request: Answer, or Begin, any number of Send, and Finish. At once or later; on the
// loop's thread. To HEAD it sends the headers alone.
class HttpReply {
 public:
  virtual void Answer(HttpAnswer answer) = 0;
  // A body that comes piece by piece, as text/event-stream does; the answer's own is its first.
  virtual void Begin(HttpAnswer answer) = 0;
  virtual void Send(std::string_view piece) = 0;
  virtual void Finish() = 0;
  // Ends an answer that has begun without its rest: what waits for the client is dropped, and the
  // connection closes with what is on its way.
  virtual void Cut() = 0;

  // Bytes of the answer that wait for the client to read, besides some 64 KiB on their way.
  virtual std::size_t unsent_bytes() const = 0;
  // Of an answer that has begun: what its work keeps in memory until all is sent. It counts as not
  // read by the client, as the bytes above do.
  virtual void Keeps(std::size_t bytes) = 0;

 protected:
  ~HttpReply() = default;
};

// What a handler does about one request. Ends soon after the answer is complete, or as the client
// goes before, but never within a call to its HttpReply: which is not to be used any more.
class HttpWork {
 public:
  virtual ~HttpWork() = default;
  virtual void OnSent() {}  // unsent_bytes has become less
};

// `reply` lives as long as what the handler returns; null, which is for who has answered by then:
// until it returns.
using HttpHandler = std::function<std::unique_ptr<HttpWork>(HttpRequest request, HttpReply& reply)>;

// How the server's own refusal is said. `head`: of the request, as far as it was read; null: not at
// all.
using HttpRefusalWriter =
    std::function<HttpAnswer(const HttpRefusal& refusal, const HttpRequest* head)>;

// Sees a request before its body has come, and may answer it without: then the body is not read,
// and where there is one the connection closes.
using HttpHeadCheck = std::function<std::optional<HttpAnswer>(const HttpRequest& head)>;

}  // namespace shoal
