#include "rpc/message_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "edge/request_checks.h"

namespace shoal {

std::optional<MessageReader::Found> MessageReader::Next(std::string_view& bytes) {
  whole_ = std::string();  // gives its memory back
  while (has_header() || TakeHeader(bytes)) {
    if (auto refusal = CheckRequestBytes(left_, limits_)) {
      return Found{.refusal = std::move(refusal), .is_too_large = true};
    }
    const std::string_view part = bytes.substr(0, left_);
    bytes.remove_prefix(part.size());
    left_ -= part.size();
    if (!skipping_ && !budget_.TryGrow(hold_, part.size())) return Refuse(part);
    if (left_ > 0) {  // and `bytes` is used up
      if (!skipping_) kept_ += part;
      return std::nullopt;
    }
    header_size_ = 0;
    if (std::exchange(skipping_, false)) continue;
    return Whole(part);
  }
  return std::nullopt;
}

bool MessageReader::TakeHeader(std::string_view& bytes) {
  const std::string_view part = bytes.substr(0, kHeader - header_size_);
  std::memcpy(header_.data() + header_size_, part.data(), part.size());
  header_size_ += part.size();
  bytes.remove_prefix(part.size());
  if (!has_header()) return false;
  left_ = 0;
  for (std::size_t i = 1; i < kHeader; ++i) {
    left_ = left_ << 8 | static_cast<unsigned char>(header_[i]);
  }
  return true;
}

MessageReader::Found MessageReader::Whole(std::string_view last_part) {
  Found found{.bytes = last_part,
              .is_compressed = header_[0] != 0,
              .hold = std::exchange(hold_, ByteBudget::Hold())};
  if (kept_.empty()) return found;
  kept_ += last_part;
  whole_ = std::exchange(kept_, std::string());
  found.bytes = whole_;
  return found;
}

MessageReader::Found MessageReader::Refuse(std::string_view part) {
  const std::size_t size = kept_.size() + part.size() + left_;
  whole_ = std::exchange(kept_, std::string());
  hold_ = ByteBudget::Hold();
  skipping_ = left_ > 0;
  if (!skipping_) header_size_ = 0;
  return {.bytes = whole_.empty() ? part : std::string_view(whole_), .refusal = OutOfBytes(size)};
}

}  // namespace shoal
