// What HTTP requests and answers consist of, for every route.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal {

struct HttpField {
  std::string name;
  std::string value;
};

// The header fields of a request, names in lower case.
class HttpHeaders {
 public:
  // A field that comes again is joined to the first with ", ": one lookup finds all of it.
  void Add(std::string_view name, std::string_view value);
  void Set(std::string_view name, std::string_view value);

  // `name` in lower case. Valid while this is unchanged.
  std::optional<std::string_view> Find(std::string_view name) const;
  const std::vector<HttpField>& all() const { return fields_; }

 private:
  std::string* FindValue(std::string_view name);

  std::vector<HttpField> fields_;
};

// Bytes that a body takes of an account that all requests draw from. Gives them back as it ends.
class BodyHold {
 public:
  virtual ~BodyHold() = default;
  virtual bool TryGrow(std::size_t bytes) = 0;  // false: so many are not left
};

// One for a body that begins to come. Empty: none is accounted for.
using HoldBody = std::function<std::unique_ptr<BodyHold>()>;

struct HttpRequest {
  std::string method;  // as it came: "GET" is one, "get" another
  std::string path;    // of the target, as it came: not decoded; begins with '/'
  std::string query;   // what follows the first '?'
  HttpHeaders headers;
  std::string body;
  std::string peer;                // who asks, as PeerOf writes it
  std::unique_ptr<BodyHold> hold;  // of the body; may be null
};

// The server itself says Content-Length, Transfer-Encoding and Connection.
struct HttpAnswer {
  int status = 200;  // 200 to 599
  std::vector<HttpField> headers;
  std::string body;
};

// Why a request is not served; the connection closes after the answer.
struct HttpRefusal {
  int status = 400;
  std::string message;
};

struct HttpLimits {
  std::size_t max_head_bytes = 64 << 10;
  std::size_t max_header_fields = 100;
  std::size_t max_body_bytes = 16 << 20;
  std::size_t max_unread_bytes = 64 << 20;  // of all answers that clients do not read
  std::size_t max_connections = 1024;       // at one time
};

}  // namespace shoal
