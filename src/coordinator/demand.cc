#include "coordinator/demand.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace shoal {
namespace {

// Of a call so much is looked at, whatever its size.
constexpr std::size_t kTexts = 8;
constexpr std::size_t kBytes = 64;

// Of who calls, how many texts of how many bytes there are, and how the first of them begin.
std::uint64_t KeyOf(const EmbedRequest& request, std::size_t bytes, std::uint64_t seed) {
  const std::array<std::uint64_t, 3> numbers = {request.client, request.texts.size(), bytes};
  std::array<char, sizeof numbers + kTexts * kBytes> seen;
  std::memcpy(seen.data(), numbers.data(), sizeof numbers);
  std::size_t size = sizeof numbers;
  const std::size_t texts = std::min(kTexts, request.texts.size());
  for (std::size_t i = 0; i < texts; ++i) {
    size += request.texts[i].copy(seen.data() + size, kBytes);
  }
  // 0 is for calls without a key.
  return std::max<std::uint64_t>(XXH3_64bits_withSeed(seen.data(), size, seed), 1);
}

}  // namespace

Demand::Call Demand::Arrived(std::chrono::microseconds now, const EmbedRequest& request,
                             std::size_t prompt_bytes) {
  std::size_t bytes = prompt_bytes * request.texts.size();
  for (const std::string& text : request.texts) bytes += text.size();
  Call call{.key = KeyOf(request, bytes, seed_), .bytes = bytes};
  MutexLock lock(mutex_);
  call.estimate = cost_per_byte_.Estimate(bytes);
  call.counts = load_.Arrived(
      now, {.cost = call.estimate, .key = call.key, .says_retry = request.says_retry});
  if (call.counts) total_ += call.estimate;
  return call;
}

void Demand::Tokenized(std::chrono::microseconds now, const Call& call, Cost exact) {
  MutexLock lock(mutex_);
  cost_per_byte_.Learn(call.bytes, exact);
  if (!call.counts) return;
  load_.Correct(now, call.estimate, exact);
  total_ += exact - call.estimate;
}

void Demand::Refused(std::chrono::microseconds now, const Call& call) {
  MutexLock lock(mutex_);
  load_.Refused(now, call.key);
}

OfferedRate Demand::Rate(std::chrono::microseconds now) {
  MutexLock lock(mutex_);
  return load_.Rate(now);
}

Cost Demand::Total() {
  MutexLock lock(mutex_);
  return total_;
}

}  // namespace shoal
