// Two comparisons, as each is blind to something:
//
//   vectors of this start ◄─ RunSelfTest ─► reference ◄─ CheckReference ─► recorded numbers
//   (kernels, this CPU)                     (in double)                    (sentence-transformers)
//
// The first finds kernels and packed weights that are wrong, for any model. The second finds a
// wrong reference, and so a mistake that kernels and reference share, for the one model whose
// numbers stand below. The texts are token ids, so that a tokenizer has no part in it.
#include "engine/weights_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>

#include "engine/weights.h"
#include "model/pinned.h"

namespace shoal {
namespace {

// "A man is playing a guitar." "The quick brown fox jumps over the lazy dog." "What is the capital
// of France?", with [CLS] and [SEP].
constexpr std::int32_t kGuitar[] = {101, 1037, 2158, 2003, 2652, 1037, 2858, 1012, 102};
constexpr std::int32_t kFox[] = {101,  1996, 4248,  2829, 4419, 14523,
                                 2058, 1996, 13971, 3899, 1012, 102};
constexpr std::int32_t kFrance[] = {101, 2054, 2003, 1996, 3007, 1997, 2605, 1029, 102};
constexpr std::array<std::span<const std::int32_t>, kSelfTestItems> kItems = {kGuitar, kFox,
                                                                              kFrance};

// The first dimensions of their vectors by the default model in sentence-transformers, fp32: rows
// of tests/data/golden_vectors.npy.
constexpr std::size_t kRecordedDimensions = 8;
constexpr float kRecorded[kSelfTestItems][kRecordedDimensions] = {
    {0.0216640625f, -0.00486420281f, -0.00964909513f, -0.0634012595f, -0.167493477f, 0.00467638858f,
     0.0805998147f, -0.0241421163f},
    {0.0439335704f, 0.0589344166f, 0.0481783599f, 0.0775481313f, 0.0267444402f, -0.0376295857f,
     -0.00260510086f, -0.0599430725f},
    {0.0820481256f, 0.0360555276f, -0.00389290764f, -0.00488106022f, 0.0256511495f, -0.0571434423f,
     0.0121915601f, 0.00467894319f}};

struct Distance {
  double cosine;
  double difference;  // over the length of the reference
};

Distance Between(std::span<const float> reference, std::span<const float> found) {
  double dot = 0, a = 0, b = 0, difference = 0;
  for (std::size_t d = 0; d < reference.size(); ++d) {
    const double x = reference[d], y = found[d];
    dot += x * y;
    a += x * x;
    b += y * y;
    difference = std::max(difference, std::abs(x - y));
  }
  return {.cosine = dot / std::sqrt(a * b), .difference = difference / std::sqrt(a)};
}

// A number with as many digits as a bar needs.
std::string Digits(double value) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.7g", value);
  return text.data();
}

}  // namespace

SelfTestBar SelfTestBarOf(Precision precision) {
  constexpr double kAny = std::numeric_limits<double>::max();
  switch (precision) {
    case Precision::kFp32:
      return {.cosine = 0.999999, .difference = 2e-6};
    case Precision::kBf16:
      return {.cosine = 0.9999, .difference = kAny};
    case Precision::kInt8:
      return {.cosine = 0.997, .difference = kAny};
  }
  CHECK(false, "every precision has its bar");
}

std::vector<std::vector<std::int32_t>> SelfTestItems(const BertConfig& config, int max_tokens) {
  std::vector<std::vector<std::int32_t>> items;
  for (const std::span<const std::int32_t> item : kItems) {
    const std::size_t size = std::min(item.size(), static_cast<std::size_t>(max_tokens));
    std::vector<std::int32_t>& ids = items.emplace_back();
    for (std::size_t i = 0; i < size; ++i) ids.push_back(item[i] % config.vocabulary_size);
  }
  return items;
}

Status RunSelfTest(const std::shared_ptr<const Weights>& weights) {
  const Weights::Impl& model = weights->impl();
  CHECK(model.reference.size() == kSelfTestItems * model.hidden(), "the weights carry a reference");
  std::vector<std::uint32_t> lengths;
  std::vector<std::int32_t> ids;
  for (const auto& item : SelfTestItems(model.config, model.max_tokens)) {
    lengths.push_back(static_cast<std::uint32_t>(item.size()));
    ids.insert(ids.end(), item.begin(), item.end());
  }
  std::vector<float> vectors(model.reference.size());
  Lane lane(weights, std::max(ids.size(), static_cast<std::size_t>(model.max_tokens)));
  lane.Encode(lengths, ids, vectors);

  const SelfTestBar bar = SelfTestBarOf(model.precision);
  for (std::size_t item = 0; item < kSelfTestItems; ++item) {
    const std::span<const float> reference(&model.reference[item * model.hidden()], model.hidden());
    const Distance distance =
        Between(reference, std::span(vectors).subspan(item * model.hidden(), model.hidden()));
    const bool is_near = distance.cosine >= bar.cosine;  // not so with a NaN
    if (is_near && distance.difference <= bar.difference) continue;
    return FailedPreconditionError(
        "precision " + std::string(Name(model.precision)) + " under kernel table " +
        model.table->name + " fails the self-test: text " + std::to_string(item + 1) + " of " +
        std::to_string(kSelfTestItems) + " has " +
        (is_near ? "a difference of " + Digits(distance.difference) +
                       " from the reference, accepted at most " + Digits(bar.difference)
                 : "a cosine of " + Digits(distance.cosine) +
                       " to the reference, required at least " + Digits(bar.cosine)));
  }
  return {};
}

Status CheckReference(std::string_view model_digest, std::span<const float> reference) {
  if (model_digest != kDefaultModelDigest) return {};
  const double accepted = SelfTestBarOf(Precision::kFp32).difference;
  const std::size_t hidden = reference.size() / kSelfTestItems;
  for (std::size_t item = 0; item < kSelfTestItems; ++item) {
    for (std::size_t d = 0; d < kRecordedDimensions; ++d) {
      const double found = reference[item * hidden + d];
      if (std::abs(found - kRecorded[item][d]) <= accepted) continue;
      return FailedPreconditionError("the reference of the self-test has " + Digits(found) +
                                     " in dimension " + std::to_string(d) + " of text " +
                                     std::to_string(item + 1) + ", recorded is " +
                                     Digits(kRecorded[item][d]));
    }
  }
  return {};
}

}  // namespace shoal
