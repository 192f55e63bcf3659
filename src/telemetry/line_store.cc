// The bytes of a record lie in a row. With O the oldest record and N the end of the newest, what is
// used is [O, N), or, once the end of the memory was reached, [O, end) and [0, N).
#include "telemetry/line_store.h"

#include <cstring>

#include "base/check.h"

namespace shoal {

// Not initialised: pages that are never used are never there.
LineStore::LineStore(std::size_t max_lines, std::size_t max_bytes)
    : max_lines_(max_lines),
      max_bytes_(max_bytes),
      bytes_(std::make_unique_for_overwrite<char[]>(max_bytes)),
      entries_(std::make_unique_for_overwrite<Entry[]>(max_lines)) {}

std::size_t LineStore::FreePlace(std::size_t size) const {
  if (count_ == 0) return 0;
  const std::size_t oldest = At(0).offset;
  if (next_ > oldest) {
    if (max_bytes_ - next_ >= size) return next_;
    return oldest >= size ? 0 : max_bytes_;
  }
  return oldest - next_ >= size ? next_ : max_bytes_;
}

std::size_t LineStore::Add(const LogRecord& record) {
  const std::size_t size = record.bytes();
  CHECK(size > 0 && size <= max_bytes_, "a record fits");
  std::size_t displaced = 0;
  const auto drop_oldest = [&] {
    first_ = (first_ + 1) % max_lines_;
    --count_;
    ++displaced;
  };
  if (count_ == max_lines_) drop_oldest();
  std::size_t place = FreePlace(size);
  while (place == max_bytes_) {
    drop_oldest();
    place = FreePlace(size);
  }
  if (count_ == 0) first_ = 0;
  entries_[(first_ + count_) % max_lines_] = {
      .offset = static_cast<std::uint32_t>(place),
      .event_size = static_cast<std::uint32_t>(record.event.size()),
      .json_size = static_cast<std::uint32_t>(record.json.size()),
      .console_size = static_cast<std::uint32_t>(record.console.size()),
      .level = record.level};
  ++count_;
  next_ = place;
  for (const std::string_view part : {record.event, record.json, record.console}) {
    if (part.empty()) continue;
    std::memcpy(bytes_.get() + next_, part.data(), part.size());
    next_ += part.size();
  }
  return displaced;
}

LogRecord LineStore::operator[](std::size_t index) const {
  CHECK(index < count_, "there are that many lines");
  const Entry& entry = At(index);
  const char* at = bytes_.get() + entry.offset;
  return {.level = entry.level,
          .event = {at, entry.event_size},
          .json = {at + entry.event_size, entry.json_size},
          .console = {at + entry.event_size + entry.json_size, entry.console_size}};
}

bool LineStore::IsHalfFull() const {
  if (count_ == 0) return false;
  const std::size_t oldest = At(0).offset;
  const std::size_t used = next_ > oldest ? next_ - oldest : max_bytes_ - (oldest - next_);
  return 2 * count_ >= max_lines_ || 2 * used >= max_bytes_;
}

}  // namespace shoal
