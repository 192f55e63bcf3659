#include "load/part_message.h"

#include <algorithm>
#include <cstring>
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

std::string BodyOf(const PartMessage& message) {
  std::string body;
  if (message.kind == PartMessage::Kind::kAnswered) Put(message.answered, body);
  if (message.kind != PartMessage::Kind::kRows) return body;
  const LoadRows& rows = message.rows;
  Put(rows.offered, body);
  Put(rows.generator_cpu_seconds, body);
  Put(std::uint64_t{rows.samples.size()}, body);
  body.append(reinterpret_cast<const char*>(rows.samples.data()),
              rows.samples.size() * sizeof(LoadSample));
  return body + rows.wrong_example;
}

LoadRows RowsOf(std::string_view body) {
  LoadRows rows;
  rows.offered = Take<std::uint64_t>(body);
  rows.generator_cpu_seconds = Take<double>(body);
  rows.samples.resize(Take<std::uint64_t>(body));
  const std::size_t bytes = rows.samples.size() * sizeof(LoadSample);
  CHECK(body.size() >= bytes, "a message of ours is whole");
  if (bytes > 0) std::memcpy(static_cast<void*>(rows.samples.data()), body.data(), bytes);
  rows.wrong_example = body.substr(bytes);
  return rows;
}

}  // namespace

std::string Encode(const PartMessage& message) {
  const std::string body = BodyOf(message);
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
  PartMessage message{.kind = Take<PartMessage::Kind>(rest), .rows = {}};
  if (rest.size() < size) return std::nullopt;
  std::string_view body = rest.substr(0, size);
  if (message.kind == PartMessage::Kind::kRows) message.rows = RowsOf(body);
  if (message.kind == PartMessage::Kind::kAnswered) message.answered = Take<std::uint64_t>(body);
  buffer_.erase(0, kHead + size);
  return message;
}

LoadRows Merge(std::vector<LoadRows> parts) {
  LoadRows all;
  for (LoadRows& part : parts) {
    all.samples.insert(all.samples.end(), part.samples.begin(), part.samples.end());
    all.offered += part.offered;
    all.generator_cpu_seconds += part.generator_cpu_seconds;
    if (all.wrong_example.empty()) all.wrong_example = std::move(part.wrong_example);
  }
  std::ranges::stable_sort(all.samples, {}, &LoadSample::intended);
  return all;
}

}  // namespace shoal
