// A client of one HTTP/1.1 server, for many requests in flight: what `shoal load` drives a server
// with. It lives on a loop of sockets and blocks nobody. (net/http_client.h is the other client:
// one blocking GET from any server, with TLS and redirects, which model files are fetched with.)
//
//   Send ──► idle connection, the most recent first ──► its answer ──► done
//        └─► the queue, until one is free or a new one stands
//
// A connection has one request at a time; there are as many as are in flight, up to a bound. What
// is given up, by its caller or after its time-out, resets its connection: the server is to know.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/endpoint.h"
#include "base/status.h"
#include "http/http_message.h"
#include "net/dial.h"
#include "net/socket_loop.h"

namespace shoal {

class HttpClientConnection;

struct HttpClientRequest {
  std::string method = "GET";      // or another whose answer may have a body: not HEAD
  std::string target = "/";        // "/path?query"
  std::vector<HttpField> headers;  // Host and Content-Length are the client's to say
  std::string body;
  std::chrono::milliseconds timeout{0};  // from Send to the last byte of the answer; 0: none
};

struct ReceivedAnswer {
  int status = 0;  // 200 to 999
  HttpHeaders headers;
  std::string body;
};

struct AnswerLimits {
  std::size_t max_head_bytes = 64 << 10;
  std::size_t max_header_fields = 100;
  std::size_t max_body_bytes = 64 << 20;
};

// On the loop's thread only, from construction to the end.
class HttpClientPool {
 public:
  struct Options {
    Address server;
    std::size_t max_connections = 64;  // at least 1
    std::vector<HttpField> headers;    // of every request, before its own
    AnswerLimits limits;
    std::chrono::milliseconds connect_timeout{10'000};
  };
  using RequestId = std::uint64_t;
  // Any status of HTTP is an answer. UNAVAILABLE: no connection, or it broke off;
  // DEADLINE_EXCEEDED: the time-out; INTERNAL: what came is no answer, or over a limit; CANCELLED:
  // the pool has ended.
  using Done = std::function<void(Result<ReceivedAnswer> answer)>;

  // `loop` and `resolver` outlive the pool.
  HttpClientPool(SocketLoop& loop, Resolver& resolver, Options options);
  ~HttpClientPool();  // ends what is in flight as CANCELLED; not from within a Done
  HttpClientPool(const HttpClientPool&) = delete;
  HttpClientPool& operator=(const HttpClientPool&) = delete;

  // Calls `done` once, not from within Send while the pool lives; it may send more. A request that
  // a kept connection turned out to be closed for, without a byte of an answer, is sent once more.
  RequestId Send(const HttpClientRequest& request, Done done);
  // `done` is not called any more. One that is over: nothing.
  void Cancel(RequestId id);

  std::size_t connections() const { return links_.size(); }  // that stand

 private:
  struct Link;
  struct Exchange {
    std::string text;  // the request as it is sent
    Done done;
    std::optional<SocketLoop::TimerId> timer;
    Link* link = nullptr;  // null: it waits
    bool is_second_try = false;
  };
  // A connection, and the request that it serves.
  struct Link {
    std::unique_ptr<HttpClientConnection> connection;
    std::optional<RequestId> serves;
    std::list<Link>::iterator place;
  };
  using Dials = std::list<std::shared_ptr<Dial>>;

  void Wait(RequestId id, bool first);
  void DialForWhoWaits();
  void Dialled(Dials::iterator dial, Result<Descriptor> socket);
  void Serve(Link& link, RequestId id);
  void Free(Link& link);
  void Drop(Link& link);
  void Answered(Link& link, ReceivedAnswer answer);
  void Closed(Link& link, const Status& why);
  Exchange Take(RequestId id);
  void End(RequestId id, const Status& why);

  SocketLoop& loop_;
  Resolver& resolver_;
  const Options options_;
  const std::string name_;    // of the server, in errors
  const std::string common_;  // header lines of every request

  std::unordered_map<RequestId, Exchange> exchanges_;
  std::deque<RequestId> waiting_;
  std::list<Link> links_;
  std::vector<Link*> idle_;  // the most recent last
  Dials dials_;
  RequestId next_id_ = 1;
  bool is_ending_ = false;
};

}  // namespace shoal
