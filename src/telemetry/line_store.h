// Log lines in memory that is reserved once, the oldest first. Bounded in lines and in bytes: what
// is added to a full one displaces the oldest. While it is empty it begins at its front again, so
// that who empties it often uses little of its memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "telemetry/log_line.h"

namespace shoal {

// A view of it, or of what is to be added.
struct LogRecord {
  LogLevel level = LogLevel::kInfo;
  std::string_view event;
  std::string_view json;     // may be empty, where only a console is written to
  std::string_view console;  // likewise

  std::size_t bytes() const { return event.size() + json.size() + console.size(); }
};

// Not thread-safe.
class LineStore {
 public:
  LineStore(std::size_t max_lines, std::size_t max_bytes);

  // `record` has between 1 and `max_bytes` bytes. Returns how many older ones it displaced.
  std::size_t Add(const LogRecord& record);
  void Clear() { count_ = 0; }

  std::size_t size() const { return count_; }
  // 0: the oldest. The view holds until the next Add.
  LogRecord operator[](std::size_t index) const;
  bool IsHalfFull() const;

 private:
  struct Entry {
    std::uint32_t offset;
    std::uint32_t event_size;
    std::uint32_t json_size;
    std::uint32_t console_size;
    LogLevel level;
  };
  const Entry& At(std::size_t index) const { return entries_[(first_ + index) % max_lines_]; }
  // Where `size` bytes in a row are free now, or max_bytes_.
  std::size_t FreePlace(std::size_t size) const;

  std::size_t max_lines_;
  std::size_t max_bytes_;
  std::unique_ptr<char[]> bytes_;
  std::unique_ptr<Entry[]> entries_;  // a ring
  std::size_t first_ = 0;             // in entries_
  std::size_t count_ = 0;
  std::size_t next_ = 0;  // in bytes_, behind the newest
};

}  // namespace shoal
