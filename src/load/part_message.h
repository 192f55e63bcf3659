// What a process that sends a part of a run tells the one that started it, over a stream: that it
// is ready, how far it is with the answers that came, and at its end its rows as they are in
// memory. Both are one binary. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "load/load_run.h"

namespace shoal {

struct PartMessage {
  enum class Kind : std::uint8_t { kReady, kProgress, kRows };
  Kind kind = Kind::kReady;
  LoadProgress progress = {};  // of kProgress; its answers are the samples of `rows`
  LoadRows rows = {};          // of kRows
};

std::string Encode(const PartMessage& message);

// Takes the stream in pieces of any size.
class PartMessages {
 public:
  void Append(std::string_view bytes) { buffer_ += bytes; }
  // The next whole one; none: more has to come.
  std::optional<PartMessage> Next();

 private:
  std::string buffer_;
};

// The rows of all parts as those of one run, in the order of their intended starts.
LoadRows Merge(std::vector<LoadRows> parts);

}  // namespace shoal
