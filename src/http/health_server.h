// The small HTTP server behind a worker's health and metrics port. One thread, asynchronous; slow
// and greedy peers are bounded: 5 s for a request, 8 KiB of headers, no body, 64 connections.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "http/health_routes.h"

namespace shoal {

class HealthServer {
 public:
  // `listen` is HOST:PORT; port 0 takes a free one. INVALID_ARGUMENT: it is not. UNAVAILABLE: the
  // address cannot be had.
  static Result<std::unique_ptr<HealthServer>> Start(const std::string& listen,
                                                     HealthSources sources);
  // Closes every connection and joins the thread.
  ~HealthServer();

  // "127.0.0.1:9464", with the port that was taken.
  const std::string& address() const { return address_; }

 private:
  struct Impl;
  HealthServer(std::unique_ptr<Impl> impl, std::string address);

  std::unique_ptr<Impl> impl_;
  std::string address_;
};

}  // namespace shoal
