// The encoder on a tiny random model: against the reference in double, alone against in company,
// and table against table, bit by bit.
#include "engine/encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>

#include "engine/random_model.h"
#include "engine/reference_encoder.h"
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

TEST(Encoder, AgreesWithTheReferenceInDouble) {
  for (const bool normalize : {true, false}) {
    for (const Pooling pooling : {Pooling::kMean, Pooling::kCls, Pooling::kMax}) {
      RandomModel model = TinyModel();
      model.folder.normalize = normalize;
      model.folder.pooling = pooling;
      const Items items = RaggedItems();
      const std::vector<float> vectors = EncodeUnder(model, {}, items);
      const std::vector<float> expected =
          ReferenceVectors(model.folder, model.Source(), items).value();
      ASSERT_EQ(vectors.size(), expected.size());
      for (std::size_t i = 0; i < vectors.size(); ++i) {
        ASSERT_NEAR(vectors[i], expected[i], 1e-5) << "item " << i / kHidden;
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

// A wrong rotation, scale or order would leave cosines near 0. Widths that end in each of the
// blocks 16, 32, 64 and 128, heads of both sizes.
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
    EXPECT_EQ(BestPrecision().value(),
              IsBf16Faster(ThisCpu(), *table) ? Precision::kBf16 : Precision::kFp32);
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

TEST(Encoder, RefusesItemsTooLongForSumsOfIntegers) {
  RandomModel model = TinyModel();
  model.folder.config.max_positions = model.folder.max_tokens = 513;
  EXPECT_EQ(Weights::FromSource(model.folder, {.precision = Precision::kInt8}, model.Source())
                .status()
                .message(),
            model.folder.name + ": max_tokens is 513, expected at most 512 with precision int8");
}

TEST(EncoderDeathTest, ATokenOutsideTheVocabularyEndsTheProcess) {
  RandomModel model = TinyModel();
  Lane lane(Weights::FromSource(model.folder, {}, model.Source()).value(), 100);
  EXPECT_DEATH(Encode(lane, {{kVocabulary}}), "vocabulary");
}

}  // namespace
}  // namespace shoal
