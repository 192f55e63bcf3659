// One file over HTTP, resumed where it broke off.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/status.h"
#include "net/http_client.h"

namespace shoal {

struct Download {
  std::string url;
  std::string authorization;   // empty: none
  std::filesystem::path path;  // `<path>.part` and `<path>.part.etag` until it is complete
  std::uint64_t max_size = 0;  // bytes
  int attempts = 1;
  std::function<void(std::chrono::milliseconds)> sleep;                   // between attempts
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;  // may be empty
  HttpClientOptions http;
};

// Repeats what may go better next time: broken connections, timeouts, 429 and 5xx. NOT_FOUND: 404.
// UNAUTHENTICATED: 401, PERMISSION_DENIED: 403. What has arrived stays for the next call.
Status Run(const Download& download);

}  // namespace shoal
