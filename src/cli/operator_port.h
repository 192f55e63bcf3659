// A server's port for operators (docs/operator-api.md), as commands ask it.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/status.h"

namespace shoal {

// Thread-safe.
class OperatorPort {
 public:
  // `address`: HOST:PORT. `token`: empty for none. `stop`: true ends a call that waits, at once but
  // for a tenth of a second; empty: nobody does.
  OperatorPort(const std::string& address, const std::string& token,
               std::function<bool()> stop = {});

  // What came with status 200. `target` is a path with a query. NOT_FOUND: 404; other refusals are
  // FAILED_PRECONDITION, in the words of the server: "HTTP status 401: ...".
  Result<std::string> Get(const std::string& target, std::chrono::milliseconds timeout) const;
  Result<std::string> Post(const std::string& target, std::chrono::milliseconds timeout) const;

 private:
  enum class Method { kGet, kPost };
  Result<std::string> Ask(Method method, const std::string& target,
                          std::chrono::milliseconds timeout) const;

  const std::string url_;
  const std::string authorization_;
  const std::function<bool()> stop_;
};

}  // namespace shoal
