// The encoder on random tiny models and ragged batches of lengths from 1 to 256, in arrays of just
// the sizes that it is promised: made to be run under valgrind and the sanitizers, where a read or
// write beside them ends the program. SHOAL_ISA names one kernel table, else all that run are used.
#include "engine/encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <numeric>

#include "engine/random_model.h"
#include "kernels/dispatch.h"

namespace shoal {
namespace {

constexpr int kLongest = 256;

int Between(Rng& rng, int least, int most) {
  return least + static_cast<int>(rng.Below(static_cast<std::uint64_t>(most - least + 1)));
}

RandomModel AnyModel(Rng& rng) {
  const int heads = Between(rng, 1, 2);
  RandomModel model({.vocabulary_size = Between(rng, 1, 30),
                     .hidden_size = heads * (rng.Below(2) == 0 ? 32 : 64),
                     .layers = 1,
                     .heads = heads,
                     .intermediate_size = 16 * Between(rng, 1, 6),
                     .max_positions = kLongest,
                     .token_types = 2});
  constexpr Pooling kPoolings[] = {Pooling::kMean, Pooling::kCls, Pooling::kMax};
  model.folder.pooling = kPoolings[rng.Below(3)];
  model.folder.normalize = rng.Below(2) == 0;
  return model;
}

// 1, 256 and a few others, in any order.
std::vector<std::uint32_t> AnyLengths(Rng& rng) {
  std::vector<std::uint32_t> lengths = {1, kLongest};
  for (int more = Between(rng, 2, 5); more > 0; --more) {
    const int most = rng.Below(4) == 0 ? kLongest : 40;
    lengths.push_back(static_cast<std::uint32_t>(Between(rng, 1, most)));
    std::swap(lengths.back(), lengths[rng.Below(lengths.size())]);
  }
  return lengths;
}

// Arrays on the heap of exactly their sizes, and a lane for exactly so many tokens.
std::vector<float> Encode(const std::shared_ptr<const Weights>& weights,
                          const std::vector<std::uint32_t>& lengths,
                          std::span<const std::int32_t> token_ids) {
  Lane lane(weights, std::max<std::size_t>(token_ids.size(), kLongest));
  const auto ids = std::make_unique<std::int32_t[]>(token_ids.size());
  std::copy(token_ids.begin(), token_ids.end(), ids.get());
  const std::size_t size = lengths.size() * static_cast<std::size_t>(weights->dim());
  const auto vectors = std::make_unique<float[]>(size);
  lane.Encode(lengths, {ids.get(), token_ids.size()}, {vectors.get(), size});
  return {vectors.get(), vectors.get() + size};
}

// All at once, then each alone: finite, and the same bytes.
void CheckBatch(const std::shared_ptr<const Weights>& weights, int vocabulary_size, Rng& rng) {
  const std::vector<std::uint32_t> lengths = AnyLengths(rng);
  std::vector<std::int32_t> ids(std::accumulate(lengths.begin(), lengths.end(), 0u));
  for (std::int32_t& id : ids) id = Between(rng, 0, vocabulary_size - 1);
  const std::vector<float> together = Encode(weights, lengths, ids);
  const auto dim = static_cast<std::size_t>(weights->dim());
  std::size_t token = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const auto alone = Encode(weights, {lengths[i]}, std::span(ids).subspan(token, lengths[i]));
    token += lengths[i];
    for (std::size_t d = 0; d < dim; ++d) ASSERT_TRUE(std::isfinite(alone[d])) << lengths[i];
    ASSERT_EQ(std::memcmp(alone.data(), together.data() + i * dim, dim * sizeof(float)), 0)
        << lengths[i];
  }
}

void CheckTable(const KernelTable& table) {
  Rng rng(11);
  for (int round = 0; round < 3; ++round) {
    RandomModel model = AnyModel(rng);
    for (const Precision precision : {Precision::kFp32, Precision::kInt8, Precision::kBf16}) {
      if (precision == Precision::kBf16 && table.linear_bf16 == nullptr) continue;
      SCOPED_TRACE(std::string(table.name) + " " + std::string(Name(precision)));
      const auto weights =
          Weights::FromSource(model.folder, {.precision = precision, .kernel_table = table.name},
                              model.Source())
              .value();
      CheckBatch(weights, model.folder.config.vocabulary_size, rng);
    }
  }
}

TEST(EncoderInRaggedBatches, TouchesOnlyItsArraysAtEveryLength) {
  if (const char* const name = std::getenv("SHOAL_ISA")) {
    const KernelTable* const table = FindTable(name);
    ASSERT_NE(table, nullptr) << "this machine does not run " << name;
    CheckTable(*table);
    return;
  }
  for (const KernelTable* table : RunnableTables()) CheckTable(*table);
}

}  // namespace
}  // namespace shoal
