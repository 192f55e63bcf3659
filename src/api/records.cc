#include "api/records.h"

#include <array>

namespace shoal {

std::string_view Name(Api api) {
  constexpr std::array<std::string_view, kApis> kNames = {"grpc", "grpc_stream", "openai", "tei",
                                                          "ollama"};
  return kNames[static_cast<std::size_t>(api)];
}

}  // namespace shoal
