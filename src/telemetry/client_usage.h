// Who asks for how much: the callers by name, as many as fit, and the rest together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/records.h"

namespace shoal {

struct ClientUsage {
  std::string client;
  std::uint64_t requests = 0;
  std::uint64_t refused = 0;
  std::uint64_t failed = 0;
  std::uint64_t texts = 0;   // that were served
  std::uint64_t tokens = 0;  // likewise
};

// Since the process began. Not thread-safe.
class ClientUsages {
 public:
  explicit ClientUsages(std::size_t most) : most_(most) {}

  void CallEnded(const CallRecord& record);

  // Who asked most first. Clients beyond the first `most` are one, by the name of kOthers.
  std::vector<ClientUsage> List() const;

  static constexpr std::string_view kOthers = "(others)";

 private:
  ClientUsage& Of(std::string_view client);

  const std::size_t most_;
  std::map<std::string, ClientUsage, std::less<>> clients_;
  ClientUsage others_{.client = std::string(kOthers)};
};

}  // namespace shoal
