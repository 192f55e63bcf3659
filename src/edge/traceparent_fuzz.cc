// What a caller may say in `traceparent`: what is read is what stands there.
#include "edge/traceparent.h"

#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto trace = shoal::ParseTraceparent(text);
  if (!trace) return 0;
  CHECK(trace->exists() && trace->parent_id != 0, "ids are not zero");
  trace->span_id = trace->parent_id;
  const std::string again = shoal::FormatTraceparent(*trace);
  CHECK(again.substr(3, 50) == text.substr(3, 50), "ids are as they stand there");
  const auto same = shoal::ParseTraceparent(again);
  CHECK(same && same->trace_id == trace->trace_id && same->is_sampled == trace->is_sampled,
        "what is written is read");
  return 0;
}
