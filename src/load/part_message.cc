#include "load/part_message.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

#include "base/check.h"

namespace shoal {
namespace {

static_assert(std::is_trivially_copyable_v<LoadSample>, "rows go over as they are in memory");

template <typename T>
void Put(const T& value, std::string& to) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <typename T>
T Take(std::string_view& from) {
  CHECK(from.size() >= sizeof(T), "a message of ours is whole");
  T value;
  std::memcpy(static_cast<void*>(&value), from.data(), sizeof value);
  from.remove_prefix(sizeof value);
  return value;
}

void PutSamples(std::span<const LoadSample> samples, std::string& to) {
  Put(std::uint64_t{samples.size()}, to);
  to.append(reinterpret_cast<const char*>(samples.data()), samples.size_bytes());
}

std::vector<LoadSample> TakeSamples(std::string_view& from) {
  std::vector<LoadSample> samples(Take<std::uint64_t>(from));
  const std::size_t bytes = samples.size() * sizeof(LoadSample);
  CHECK(from.size() >= bytes, "a message of ours is whole");
  if (bytes > 0) std::memcpy(static_cast<void*>(samples.data()), from.data(), bytes);
  from.remove_prefix(bytes);
  return samples;
}

std::string BodyOf(const LoadProgress& progress) {
  std::string body;
  Put(progress.elapsed, body);
  Put(progress.sent, body);
  Put(progress.answered, body);
  PutSamples(progress.answers, body);
  return body;
}

void ReadProgress(std::string_view body, PartMessage& to) {
  to.progress.elapsed = Take<std::chrono::microseconds>(body);
  to.progress.sent = Take<std::uint64_t>(body);
  to.progress.answered = Take<std::uint64_t>(body);
  to.rows.samples = TakeSamples(body);
}

std::string BodyOf(const LoadRows& rows) {
  std::string body;
  Put(rows.offered, body);
  Put(rows.duration, body);
  Put(rows.start_unix_ms, body);
  Put(rows.generator_cpu_seconds, body);
  PutSamples(rows.samples, body);
  return body + rows.wrong_example;
}

LoadRows RowsOf(std::string_view body) {
  LoadRows rows;
  rows.offered = Take<std::uint64_t>(body);
  rows.duration = Take<std::chrono::microseconds>(body);
  rows.start_unix_ms = Take<std::int64_t>(body);
  rows.generator_cpu_seconds = Take<double>(body);
  rows.samples = TakeSamples(body);
  rows.wrong_example = body;
  return rows;
}

}  // namespace

std::string Encode(const PartMessage& message) {
  std::string body;
  if (message.kind == PartMessage::Kind::kProgress) body = BodyOf(message.progress);
  if (message.kind == PartMessage::Kind::kRows) body = BodyOf(message.rows);
  std::string bytes;
  Put(std::uint64_t{body.size()}, bytes);
  Put(message.kind, bytes);
  return bytes + body;
}

std::optional<PartMessage> PartMessages::Next() {
  constexpr std::size_t kHead = sizeof(std::uint64_t) + sizeof(PartMessage::Kind);
  if (buffer_.size() < kHead) return std::nullopt;
  std::string_view rest = buffer_;
  const auto size = Take<std::uint64_t>(rest);
  PartMessage message{.kind = Take<PartMessage::Kind>(rest)};
  if (rest.size() < size) return std::nullopt;
  const std::string_view body = rest.substr(0, size);
  if (message.kind == PartMessage::Kind::kRows) message.rows = RowsOf(body);
  if (message.kind == PartMessage::Kind::kProgress) ReadProgress(body, message);
  buffer_.erase(0, kHead + size);
  return message;
}

LoadRows Merge(std::vector<LoadRows> parts) {
  LoadRows all;
  for (LoadRows& part : parts) {
    all.samples.insert(all.samples.end(), part.samples.begin(), part.samples.end());
    all.offered += part.offered;
    all.duration = std::max(all.duration, part.duration);
    all.start_unix_ms = std::max(all.start_unix_ms, part.start_unix_ms);
    all.generator_cpu_seconds += part.generator_cpu_seconds;
    if (all.wrong_example.empty()) all.wrong_example = std::move(part.wrong_example);
  }
  std::ranges::stable_sort(all.samples, {}, &LoadSample::intended);
  return all;
}

}  // namespace shoal
