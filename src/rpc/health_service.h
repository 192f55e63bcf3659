// Private to rpc. grpc.health.v1.Health: whether the server has a worker that serves.
#pragma once

#include <atomic>
#include <set>
#include <string>
#include <vector>

#include "rpc/server_call.h"

namespace shoal {

// On one thread, but for set_serving. Outlives the calls of its methods.
class HealthService {
 public:
  // `names`: what is asked about; "" is the server as a whole. Not serving, at first.
  explicit HealthService(std::vector<std::string> names) : names_(std::move(names)) {}

  void AddTo(MethodTable& methods);
  void set_serving(bool serving) { serving_ = serving; }  // from any thread
  void TellWatches();                                     // what it is by now

 private:
  class Watch;

  bool Knows(const std::string& name) const;

  const std::vector<std::string> names_;
  std::atomic<bool> serving_{false};
  std::set<Watch*> watches_;
};

}  // namespace shoal
