// Where the bytes of a normalised text come from in the text, as the reference says it. The only
// surprise: characters that canonical order moves do not take their places along. What comes out
// first has the place of what came in first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace shoal {

// Bytes of a text.
struct Place {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

// For who does not ask: nothing is kept, nothing costs.
struct NoPlaces {
  static constexpr bool kKept = false;
  void Read(std::size_t /*begin*/, std::size_t /*end*/) {}
  void Pass() {}
  void Enter() {}
  void Leave(bool /*first*/) {}
  void Write(std::size_t /*bytes*/) {}
};

class Places {
 public:
  static constexpr bool kKept = true;

  // The text begins at byte `start` of the whole.
  explicit Places(std::size_t start) : start_(start) {}

  // A character of the text was read; it passes at once, or enters the queue of those that wait to
  // be put in order.
  void Read(std::size_t begin, std::size_t end) {
    read_ = {static_cast<std::uint32_t>(start_ + begin), static_cast<std::uint32_t>(start_ + end)};
  }
  void Pass() { written_ = read_; }
  void Enter() { waiting_.push_back(read_); }
  // A part of a character comes out of the queue: its first one, or one more. Dropped ones too.
  void Leave(bool first) {
    if (!first) return;
    written_ = waiting_[next_++];
    if (next_ < waiting_.size()) return;
    waiting_.clear();
    next_ = 0;
  }
  // What passed or left last is written as so many bytes.
  void Write(std::size_t bytes) {
    for (; bytes > 0; --bytes) places_.push_back(written_);
  }

  // Of each byte that was written.
  std::vector<Place> Take() { return std::move(places_); }

 private:
  std::size_t start_;
  Place read_;
  Place written_;
  std::vector<Place> waiting_;
  std::size_t next_ = 0;  // of waiting_
  std::vector<Place> places_;
};

}  // namespace shoal
