// What each request of a run says: its texts, whether their vectors are known, whether it is given
// up. Request i comes from the seed and i alone, so several processes that share a run send what
// one would. Only texts of a file are dealt out one after the other: their place is counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "load/size_law.h"
#include "load/validation.h"

namespace shoal {

using KnownVectors = std::shared_ptr<const std::vector<KnownVector>>;

// Of the requests 0, 1, 2 ... of a run, those whose remainder by `count` is `index`.
struct LoadPart {
  std::size_t index = 0;
  std::size_t count = 1;
};

struct LoadRequest {
  std::vector<std::string> texts;
  std::vector<const KnownVector*> known;  // of each text; empty: not of this request
  // After which part of the time that it has, in [0, 1), it is given up.
  std::optional<double> cancel_after;
};

struct RequestLaws {
  SizeLaw texts_per_request = 1;
  SizeLaw text_tokens = 32;        // with [CLS] and [SEP], of made texts
  std::vector<std::string> input;  // texts to send, round and round; empty: made ones
  KnownVectors known;              // null: none
  double validate_ratio = 0;       // of the requests, with texts of `known` alone
  double cancel_ratio = 0;
  std::uint64_t seed = 1;
};

// Not thread-safe. `laws` outlives it.
class RequestSource {
 public:
  RequestSource(const RequestLaws& laws, LoadPart part);

  LoadRequest Next();

 private:
  // Texts beyond the tables of `laws`: made once, and sent again and again.
  const std::vector<std::string>& pool() const { return laws_.input.empty() ? made_ : laws_.input; }
  Rng OfRequest(std::uint64_t number) const;
  std::size_t PassBy();

  const RequestLaws& laws_;
  const LoadPart part_;
  std::vector<std::string> made_;
  std::uint64_t number_ = 0;  // of the next request of the whole run
  std::uint64_t dealt_ = 0;   // texts of the input
};

}  // namespace shoal
