// The encoder on a tiny random model: against a naive one in double, alone against in company, and
// table against table, bit by bit.
#include "engine/encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>

#include "engine/random_model.h"
#include "kernels/dispatch.h"

namespace {
std::size_t allocations = 0;
}

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace shoal {
namespace {

constexpr int kHidden = 64, kHeads = 2, kLayers = 2, kInner = 128, kVocabulary = 50;

using Row = std::vector<double>;
using Rows = std::vector<Row>;
using Items = std::vector<std::vector<std::int32_t>>;

RandomModel TinyModel() {
  return RandomModel({.vocabulary_size = kVocabulary,
                      .hidden_size = kHidden,
                      .layers = kLayers,
                      .heads = kHeads,
                      .intermediate_size = kInner,
                      .max_positions = 40,
                      .token_types = 2});
}

Items RaggedItems() {
  Items items;
  Rng rng(7);
  for (const int length : {3, 40, 1, 17, 16, 9}) {
    auto& item = items.emplace_back();
    for (int i = 0; i < length; ++i) {
      item.push_back(static_cast<std::int32_t>(rng.Below(kVocabulary)));
    }
  }
  return items;
}

std::vector<float> Encode(Lane& lane, const Items& items, std::size_t hidden = kHidden) {
  std::vector<std::uint32_t> lengths;
  std::vector<std::int32_t> ids;
  for (const auto& item : items) {
    lengths.push_back(static_cast<std::uint32_t>(item.size()));
    ids.insert(ids.end(), item.begin(), item.end());
  }
  std::vector<float> vectors(items.size() * hidden);
  lane.Encode(lengths, ids, vectors);
  return vectors;
}

std::vector<float> EncodeUnder(RandomModel& model, const Weights::Options& options,
                               const Items& items) {
  Lane lane(Weights::FromSource(model.folder, options, model.Source()).value(), 100);
  return Encode(lane, items, static_cast<std::size_t>(model.folder.config.hidden_size));
}

bool SameBytes(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

// The same network in double, one token after the other, as it is written in the books.
class Naive {
 public:
  explicit Naive(const RandomModel& model) : model_(model) {}

  Row Encode(const std::vector<std::int32_t>& ids) const {
    Rows x;
    for (std::size_t t = 0; t < ids.size(); ++t) {
      Row row(kHidden);
      for (std::size_t d = 0; d < kHidden; ++d) {
        row[d] = At("embeddings.word_embeddings.weight",
                    static_cast<std::size_t>(ids[t]) * kHidden + d) +
                 At("embeddings.position_embeddings.weight", t * kHidden + d) +
                 At("embeddings.token_type_embeddings.weight", d);
      }
      x.push_back(Norm("embeddings.LayerNorm", row));
    }
    for (int l = 0; l < kLayers; ++l) x = Layer("encoder.layer." + std::to_string(l) + ".", x);
    return Pool(x);
  }

 private:
  double At(const std::string& name, std::size_t i) const { return model_.Tensor(name)[i]; }

  Row Linear(const std::string& name, const Row& x) const {
    Row y;
    const std::size_t out = model_.Tensor(name + ".bias").size();
    for (std::size_t n = 0; n < out; ++n) {
      double sum = At(name + ".bias", n);
      for (std::size_t k = 0; k < x.size(); ++k) {
        sum += At(name + ".weight", n * x.size() + k) * x[k];
      }
      y.push_back(sum);
    }
    return y;
  }

  Row Norm(const std::string& name, Row x) const {
    double mean = 0, variance = 0;
    for (const double v : x) mean += v / kHidden;
    for (const double v : x) variance += (v - mean) * (v - mean) / kHidden;
    for (std::size_t d = 0; d < kHidden; ++d) {
      x[d] = (x[d] - mean) / std::sqrt(variance + 1e-12) * At(name + ".weight", d) +
             At(name + ".bias", d);
    }
    return x;
  }

  Row AddAndNorm(const std::string& name, Row x, const Row& y) const {
    for (std::size_t d = 0; d < kHidden; ++d) x[d] += y[d];
    return Norm(name, x);
  }

  Rows Layer(const std::string& prefix, const Rows& x) const {
    Rows q, k, v, out;
    for (const Row& row : x) {
      q.push_back(Linear(prefix + "attention.self.query", row));
      k.push_back(Linear(prefix + "attention.self.key", row));
      v.push_back(Linear(prefix + "attention.self.value", row));
    }
    for (std::size_t t = 0; t < x.size(); ++t) {
      const Row y = AddAndNorm(prefix + "attention.output.LayerNorm", x[t],
                               Linear(prefix + "attention.output.dense", Attend(q[t], k, v)));
      Row inner = Linear(prefix + "intermediate.dense", y);
      for (double& u : inner) u = 0.5 * u * (1 + std::erf(u / std::sqrt(2.0)));
      out.push_back(
          AddAndNorm(prefix + "output.LayerNorm", y, Linear(prefix + "output.dense", inner)));
    }
    return out;
  }

  Row Attend(const Row& q, const Rows& k, const Rows& v) const {
    constexpr std::size_t kHead = kHidden / kHeads;
    Row context(kHidden);
    for (std::size_t h = 0; h < kHidden; h += kHead) {
      Row p;
      double sum = 0;
      for (const Row& key : k) {
        double score = 0;
        for (std::size_t d = h; d < h + kHead; ++d) score += q[d] * key[d];
        p.push_back(std::exp(score / std::sqrt(static_cast<double>(kHead))));
        sum += p.back();
      }
      for (std::size_t t = 0; t < v.size(); ++t) {
        for (std::size_t d = h; d < h + kHead; ++d) context[d] += p[t] / sum * v[t][d];
      }
    }
    return context;
  }

  Row Pool(const Rows& x) const {
    Row sum(kHidden);
    double square = 0;
    for (std::size_t d = 0; d < kHidden; ++d) {
      for (const Row& row : x) sum[d] += row[d] / static_cast<double>(x.size());
      square += sum[d] * sum[d];
    }
    for (double& v : sum) v /= model_.folder.normalize ? std::sqrt(square) : 1.0;
    return sum;
  }

  const RandomModel& model_;
};

TEST(Encoder, AgreesWithANaiveForwardInDouble) {
  for (const bool normalize : {true, false}) {
    RandomModel model = TinyModel();
    model.folder.normalize = normalize;
    const Items items = RaggedItems();
    const std::vector<float> vectors = EncodeUnder(model, {}, items);
    const Naive naive(model);
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Row expected = naive.Encode(items[i]);
      for (std::size_t d = 0; d < kHidden; ++d) {
        ASSERT_NEAR(vectors[i * kHidden + d], expected[d], 1e-5) << "item " << i;
      }
    }
  }
}

TEST(Encoder, GivesAnItemTheSameBytesAloneAndInAnyBatch) {
  RandomModel model = TinyModel();
  const Items items = RaggedItems();
  for (const Precision precision : {Precision::kFp32, Precision::kInt8}) {
    for (const Pooling pooling : {Pooling::kMean, Pooling::kCls, Pooling::kMax}) {
      model.folder.pooling = pooling;
      Lane lane(Weights::FromSource(model.folder, {.precision = precision}, model.Source()).value(),
                100);
      const std::vector<float> together = Encode(lane, items);
      for (std::size_t i = 0; i < items.size(); ++i) {
        const std::span<const float> row = std::span(together).subspan(i * kHidden, kHidden);
        EXPECT_TRUE(SameBytes(Encode(lane, {items[i]}), row)) << Name(precision) << " item " << i;
      }
      const Items reversed(items.rbegin(), items.rend());
      const std::vector<float> again = Encode(lane, reversed);
      EXPECT_TRUE(SameBytes(std::span(again).first(kHidden), std::span(together).last(kHidden)));
    }
  }
}

TEST(Encoder, GivesTheSameBytesUnderEveryKernelTable) {
  RandomModel model = TinyModel();
  const Items items = RaggedItems();
  for (const Precision precision : {Precision::kFp32, Precision::kInt8}) {
    const std::vector<float> expected =
        EncodeUnder(model, {.precision = precision, .kernel_table = "portable"}, items);
    for (const KernelTable* table : RunnableTables()) {
      EXPECT_TRUE(SameBytes(
          EncodeUnder(model, {.precision = precision, .kernel_table = table->name}, items),
          expected))
          << table->name << " " << Name(precision);
    }
  }
}

double LeastCosine(std::span<const float> a, std::span<const float> b, std::size_t dim) {
  double least = 1;
  for (std::size_t first = 0; first < a.size(); first += dim) {
    double dot = 0;  // both have length 1
    for (std::size_t i = first; i < first + dim; ++i) dot += static_cast<double>(a[i]) * b[i];
    least = std::min(least, dot);
  }
  return least;
}

TEST(Encoder, Bf16StaysCloseToFp32AndDiffersFromIt) {
  RandomModel model = TinyModel();
  const Items items = RaggedItems();
  const std::vector<float> fp32 = EncodeUnder(model, {}, items);
  const std::vector<float> bf16 =
      EncodeUnder(model, {.precision = Precision::kBf16, .kernel_table = "portable"}, items);
  EXPECT_FALSE(SameBytes(fp32, bf16));
  EXPECT_GE(LeastCosine(fp32, bf16, kHidden), 0.9999);
}

// A wrong rotation, scale or order would leave cosines near 0. Widths that end in each of the blocks
// 16, 32, 64 and 128, heads of both sizes.
TEST(Encoder, Int8StaysCloseToFp32AndDiffersFromItInEveryShape) {
  struct Shape {
    int hidden, heads, inner;
  };
  for (const Shape& shape :
       {Shape{64, 2, 128}, Shape{96, 3, 80}, Shape{128, 2, 96}, Shape{384, 12, 320}}) {
    RandomModel model({.vocabulary_size = kVocabulary,
                       .hidden_size = shape.hidden,
                       .layers = kLayers,
                       .heads = shape.heads,
                       .intermediate_size = shape.inner,
                       .max_positions = 40,
                       .token_types = 2});
    const Items items = RaggedItems();
    const std::vector<float> fp32 = EncodeUnder(model, {}, items);
    const std::vector<float> int8 = EncodeUnder(model, {.precision = Precision::kInt8}, items);
    EXPECT_FALSE(SameBytes(fp32, int8)) << shape.hidden;
    EXPECT_GE(LeastCosine(fp32, int8, static_cast<std::size_t>(shape.hidden)), 0.9995)
        << shape.hidden;
  }
}

TEST(Encoder, AllocatesNothingInAForwardPass) {
  RandomModel model = TinyModel();
  for (const Precision precision : {Precision::kFp32, Precision::kInt8}) {
    Lane lane(Weights::FromSource(model.folder, {.precision = precision}, model.Source()).value(),
              100);
    const std::vector<std::uint32_t> lengths = {40, 3, 17};
    const std::vector<std::int32_t> ids(60, 5);
    std::vector<float> vectors(3 * kHidden);
    const std::size_t before = allocations;
    lane.Encode(lengths, ids, vectors);
    EXPECT_EQ(allocations, before) << Name(precision);
    EXPECT_GT(before, 0u);
  }
}

TEST(Encoder, NeverChoosesInt8ByItself) {
  for (const KernelTable* table : RunnableTables()) {
    setenv("SHOAL_ISA", table->name, 1);
    EXPECT_EQ(BestPrecision().value(), table->bf16_is_fast ? Precision::kBf16 : Precision::kFp32);
  }
  unsetenv("SHOAL_ISA");
}

TEST(Encoder, RefusesWeightsThatInt8CannotHoldByName) {
  RandomModel model = TinyModel();
  const WeightSource source = model.Source();
  const auto infinite = [&](const std::string& name, std::span<const std::int64_t> shape) {
    Result<std::vector<float>> tensor = source(name, shape);
    if (name == "encoder.layer.1.intermediate.dense.weight") tensor->back() = HUGE_VALF;
    return tensor;
  };
  EXPECT_THAT(Weights::FromSource(model.folder, {.precision = Precision::kInt8}, infinite)
                  .status()
                  .message(),
              testing::HasSubstr("encoder.layer.1.intermediate.dense: a value is not finite"));
  EXPECT_TRUE(Weights::FromSource(model.folder, {}, infinite).ok());
}

TEST(Encoder, RefusesWhatNoTableRunsAndNamesWhatIsAccepted) {
  RandomModel model = TinyModel();
  const auto message = [&](const Weights::Options& options) {
    return Weights::FromSource(model.folder, options, model.Source()).status().message();
  };
  EXPECT_THAT(message({.kernel_table = "sse9"}),
              testing::AllOf(testing::HasSubstr("sse9"), testing::HasSubstr("portable")));
  for (const KernelTable* table : RunnableTables()) {
    if (table->linear_bf16 != nullptr) continue;
    EXPECT_THAT(message({.precision = Precision::kBf16, .kernel_table = table->name}),
                testing::AllOf(testing::HasSubstr("bf16 does not run"),
                               testing::HasSubstr(table->name), testing::HasSubstr("int8")));
  }
  setenv("SHOAL_ISA", "avx9", 1);
  EXPECT_THAT(message({}), testing::HasSubstr("SHOAL_ISA: found \"avx9\""));
  EXPECT_FALSE(BestPrecision().ok());
  setenv("SHOAL_ISA", "portable", 1);
  EXPECT_EQ(BestPrecision().value(), Precision::kFp32);
  EXPECT_EQ(Weights::FromSource(model.folder, {}, model.Source()).value()->kernel_table(),
            "portable");
  unsetenv("SHOAL_ISA");
}

TEST(Encoder, RefusesShapesThatItCannotComputeByName) {
  const auto message = [](void (*change)(ModelFolder&)) {
    RandomModel model = TinyModel();
    change(model.folder);
    return Weights::FromSource(model.folder, {}, model.Source()).status().message();
  };
  EXPECT_THAT(message([](ModelFolder& f) { f.config.hidden_size = 40; }),
              testing::HasSubstr("hidden_size is 40"));
  EXPECT_THAT(message([](ModelFolder& f) { f.config.heads = 3; }),
              testing::HasSubstr("num_attention_heads is 3"));
  EXPECT_THAT(message([](ModelFolder& f) { f.config.heads = 4; }),
              testing::HasSubstr("size of a head is 16, expected 32 or 64"));
  EXPECT_THAT(message([](ModelFolder& f) { f.config.intermediate_size = 100; }),
              testing::HasSubstr("intermediate_size is 100"));
}

TEST(EncoderDeathTest, ATokenOutsideTheVocabularyEndsTheProcess) {
  RandomModel model = TinyModel();
  Lane lane(Weights::FromSource(model.folder, {}, model.Source()).value(), 100);
  EXPECT_DEATH(Encode(lane, {{kVocabulary}}), "vocabulary");
}

}  // namespace
}  // namespace shoal
