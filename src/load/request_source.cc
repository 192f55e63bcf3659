#include "load/request_source.h"

#include "base/check.h"
#include "load/made_text.h"

namespace shoal {
namespace {

constexpr std::size_t kTextPool = 1024;

// What a request is drawn first, the same whether it is this process's or not.
struct Head {
  std::size_t texts = 1;
  bool is_known = false;
};
Head HeadOf(const RequestLaws& laws, Rng& rng) {
  const bool is_known = rng.Unit() < laws.validate_ratio && laws.known != nullptr;
  return {.texts = laws.texts_per_request.Draw(rng), .is_known = is_known};
}

}  // namespace

RequestSource::RequestSource(const RequestLaws& laws, LoadPart part) : laws_(laws), part_(part) {
  CHECK(part.index < part.count, "a part is one of those that there are");
  CHECK(!laws.known || !laws.known->empty(), "known vectors are some");
  if (!laws.input.empty()) return;
  Rng rng(laws.seed);
  for (std::size_t i = 0; i < kTextPool; ++i) {
    made_.push_back(MadeText(laws.text_tokens.Draw(rng), rng));
  }
}

// Two steps of the generator between seeds that are near to each other.
Rng RequestSource::OfRequest(std::uint64_t number) const {
  return Rng(Rng(laws_.seed ^ Rng(number).Next()).Next());
}

// Counts the texts of the requests before the next one of this part.
std::size_t RequestSource::PassBy() {
  while (number_ % part_.count != part_.index) {
    Rng rng = OfRequest(number_++);
    const Head head = HeadOf(laws_, rng);
    if (!head.is_known) dealt_ += head.texts;
  }
  return number_++;
}

LoadRequest RequestSource::Next() {
  Rng rng = OfRequest(PassBy());
  const Head head = HeadOf(laws_, rng);
  LoadRequest request;
  for (std::size_t i = 0; i < head.texts; ++i) {
    if (head.is_known) {
      const KnownVector& known = (*laws_.known)[rng.Below(laws_.known->size())];
      request.texts.push_back(known.text);
      request.known.push_back(&known);
    } else {
      const std::size_t place =
          laws_.input.empty() ? rng.Below(made_.size()) : dealt_++ % laws_.input.size();
      request.texts.push_back(pool()[place]);
    }
  }
  if (rng.Unit() < laws_.cancel_ratio) request.cancel_after = rng.Unit();
  return request;
}

}  // namespace shoal
