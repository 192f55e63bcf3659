// Bytes as a compressed message: refused with words, or inflated to what the limit allows; and what
// a smaller limit allows is the same.
//
//   limit in 2 bytes, stream
#include "rpc/inflate.h"

#include <algorithm>
#include <cstdint>

#include "base/check.h"

namespace shoal {
namespace {

void InflateBoth(std::string_view input) {
  if (input.size() < 2) return;
  const std::size_t limit =
      static_cast<unsigned char>(input[0]) << 8 | static_cast<unsigned char>(input[1]);
  input.remove_prefix(2);
  const Result<std::string> inflated = Inflate(input, limit);
  if (!inflated.ok()) {
    CHECK(!inflated.status().message().empty(), "a refusal says why");
    return;
  }
  CHECK(inflated->capacity() <= std::max(limit, std::string().capacity()), "the limit holds");
  const Result<std::string> exact = Inflate(input, inflated->size());
  CHECK(exact.ok() && *exact == *inflated, "what comes out does not depend on the limit");
  if (inflated->empty()) return;
  CHECK(Inflate(input, inflated->size() - 1).status().code() == StatusCode::kResourceExhausted,
        "one byte less is too few");
}

}  // namespace
}  // namespace shoal

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  shoal::InflateBoth({reinterpret_cast<const char*>(data), size});
  return 0;
}
