// Private to rpc. The messages of a gRPC call out of the bytes of its body: a flag (compressed), a
// length of four bytes, big-endian, then so many bytes.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "api/verdict.h"
#include "edge/byte_budget.h"
#include "edge/limits.h"

namespace shoal {

// Memory grows with what has come, never on the word of a length, and what is kept is taken from
// the budget. A message that lies whole in the bytes that come is not copied. Not thread-safe.
class MessageReader {
 public:
  struct Found {
    std::string_view bytes;  // until the next call of Next; of a refused message the beginning
    bool is_compressed = false;
    ByteBudget::Hold hold = {};           // for the bytes
    std::optional<Refusal> refusal = {};  // OVERLOADED: no room; or as is_too_large says
    bool is_too_large = false;            // PAYLOAD_TOO_LARGE: nothing may follow
  };

  // Both outlive the reader.
  MessageReader(ByteBudget& budget, const Limits& limits) : budget_(budget), limits_(limits) {}

  // Takes the next message, whole or refused, from the front of `bytes`. Nothing: all of `bytes` is
  // taken.
  std::optional<Found> Next(std::string_view& bytes);

  // The body may end here.
  bool is_between_messages() const { return header_size_ == 0; }

 private:
  static constexpr std::size_t kHeader = 5;

  bool has_header() const { return header_size_ == kHeader; }
  bool TakeHeader(std::string_view& bytes);  // false: it is not all there
  Found Whole(std::string_view last_part);
  Found Refuse(std::string_view part);

  ByteBudget& budget_;
  const Limits& limits_;
  std::array<char, kHeader> header_ = {};
  std::size_t header_size_ = 0;  // bytes of header_ that are there
  std::size_t left_ = 0;         // bytes of the message that are still to come
  std::string kept_;             // of a message that is not whole yet
  ByteBudget::Hold hold_;        // for kept_
  std::string whole_;            // what Next gave out
  bool skipping_ = false;        // the message is refused already
};

}  // namespace shoal
