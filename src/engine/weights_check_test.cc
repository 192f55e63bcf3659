// What passes the self-test and what does not start.
#include "engine/weights_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "engine/random_model.h"
#include "engine/weight_cache.h"
#include "engine/weights.h"
#include "kernels/dispatch.h"
#include "model/pinned.h"

namespace shoal {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr Precision kAllPrecisions[] = {Precision::kFp32, Precision::kBf16, Precision::kInt8};
constexpr char kUp[] = "encoder.layer.1.intermediate.dense";
constexpr char kDown[] = "encoder.layer.1.output.dense";

RandomModel TinyModel() {
  return RandomModel({.vocabulary_size = 50,
                      .hidden_size = 64,
                      .layers = 2,
                      .heads = 2,
                      .intermediate_size = 128,
                      .max_positions = 40,
                      .token_types = 2});
}

Status Start(const ModelFolder& folder, Precision precision, const WeightSource& source) {
  return Weights::FromSource(folder, {.precision = precision, .kernel_table = "portable"}, source)
      .status();
}

TEST(SelfTest, PassesEachPrecisionUnderEveryTable) {
  for (const KernelTable* table : RunnableTables()) {
    for (const Precision precision : kAllPrecisions) {
      if (precision == Precision::kBf16 && table->linear_bf16 == nullptr) continue;
      RandomModel model = TinyModel();
      const auto weights = Weights::FromSource(
          model.folder, {.precision = precision, .kernel_table = table->name}, model.Source());
      EXPECT_TRUE(weights.ok()) << weights.status().message();
    }
  }
}

TEST(SelfTest, TakesTokensThatAnyModelHas) {
  const std::vector<std::vector<std::int32_t>> items = SelfTestItems({.vocabulary_size = 7}, 3);
  ASSERT_EQ(items.size(), kSelfTestItems);
  for (const auto& item : items) {
    EXPECT_EQ(item.size(), 3u);
    for (const std::int32_t id : item) EXPECT_THAT(id, AllOf(testing::Ge(0), testing::Lt(7)));
  }
}

// One element of one tensor is another when the weights are packed than when the reference is made.
WeightSource DamagedOnce(RandomModel& model) {
  return [&model, is_damaged = false](const std::string& name,
                                      std::span<const std::int64_t> shape) mutable {
    std::vector<float> tensor = model.Tensor(name, shape);
    if (name == std::string(kUp) + ".weight" && !std::exchange(is_damaged, true)) tensor[5] += 30;
    return Result<std::vector<float>>(std::move(tensor));
  };
}

TEST(SelfTest, RefusesDamagedWeightsInEachPrecisionAndNamesIt) {
  for (const Precision precision : kAllPrecisions) {
    RandomModel model = TinyModel();
    const Status status = Start(model.folder, precision, DamagedOnce(model));
    EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
    EXPECT_THAT(status.message(),
                AllOf(HasSubstr("random: precision " + std::string(Name(precision)) +
                                " under kernel table portable fails the self-test: text "),
                      HasSubstr("required at least 0.99")));
  }
}

TEST(SelfTest, RefusesASmallDifferenceInFp32) {
  RandomModel model = TinyModel();
  const auto nearly = [&, times = 0](const std::string& name,
                                     std::span<const std::int64_t> shape) mutable {
    std::vector<float> tensor = model.Tensor(name, shape);
    if (name == "encoder.layer.1.output.LayerNorm.bias" && times++ == 0) tensor[0] += 1e-4f;
    return Result<std::vector<float>>(std::move(tensor));
  };
  EXPECT_THAT(Start(model.folder, Precision::kFp32, nearly).message(),
              HasSubstr("from the reference, accepted at most 2e-06"));
}

TEST(SelfTest, RefusesAModelWhoseVectorsAreNoNumbers) {
  RandomModel model = TinyModel();
  const auto with_nan = [&](const std::string& name, std::span<const std::int64_t> shape) {
    std::vector<float> tensor = model.Tensor(name, shape);
    if (name == std::string(kUp) + ".weight") tensor[0] = NAN;
    return Result<std::vector<float>>(std::move(tensor));
  };
  EXPECT_THAT(Start(model.folder, Precision::kFp32, with_nan).message(),
              HasSubstr("nan to the reference, required at least 0.999999"));
}

// One value of the inner layer is 10,000 times the others, and counts no more than they do.
TEST(SelfTest, RefusesInt8ForAModelThatItDoesNotSuitAndTakesFp32) {
  RandomModel model = TinyModel();
  const auto unbalanced = [&](const std::string& name, std::span<const std::int64_t> shape) {
    std::vector<float> tensor = model.Tensor(name, shape);
    if (name == std::string(kUp) + ".weight") {
      for (std::size_t k = 0; k < 64; ++k) tensor[k] *= 1e4f;
    }
    if (name == std::string(kDown) + ".weight") {
      for (std::size_t n = 0; n < 64; ++n) tensor[n * 128] *= 1e-4f;
    }
    return Result<std::vector<float>>(std::move(tensor));
  };
  EXPECT_TRUE(Start(model.folder, Precision::kFp32, unbalanced).ok());
  EXPECT_THAT(Start(model.folder, Precision::kInt8, unbalanced).message(),
              AllOf(HasSubstr("precision int8"), HasSubstr("required at least 0.997")));
}

TEST(SelfTest, ComparesTheReferenceOfTheDefaultModelWithRecordedVectors) {
  const std::vector<float> zeros(kSelfTestItems * 384);
  EXPECT_TRUE(CheckReference("another", zeros).ok());
  EXPECT_THAT(CheckReference(kDefaultModelDigest, zeros).message(),
              AllOf(HasSubstr("dimension 0 of text 1"), HasSubstr("recorded is 0.02166406")));
}

class CachedWeights : public testing::Test {
 protected:
  CachedWeights()
      : root_(std::filesystem::path(testing::TempDir()) /
              ("shoal_self_test_" + std::to_string(getpid()))) {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
    setenv("XDG_CACHE_HOME", root_.c_str(), 1);
  }
  ~CachedWeights() override {
    unsetenv("XDG_CACHE_HOME");
    std::filesystem::remove_all(root_);
  }

  const std::filesystem::path root_;
};

// Whole by its checksum, but packed where something went wrong.
TEST_F(CachedWeights, AreReplacedWhenTheyFailTheSelfTest) {
  const ModelFolder folder =
      OpenModelFolder(SHOAL_SOURCE_DIR "/tests/data/tiny_models/mean_f32").value();
  const auto good = Weights::Load(folder, {.kernel_table = "portable"}).value();
  const WeightCache cache =
      WeightCache::Of(folder.digest, Precision::kFp32, Int8Layout::kPairs).value();

  Weights::Impl damaged;
  damaged.config = folder.config;
  damaged.ShapeLayers();
  ASSERT_TRUE(cache.Map(damaged).ok());
  AlignedArray<float> gain(damaged.hidden());
  damaged.layers[0].output_norm.gain = std::move(gain);  // zeros
  ASSERT_TRUE(cache.Write(damaged).ok());
  ASSERT_TRUE(cache.Map(damaged).ok());
  ASSERT_EQ(damaged.layers[0].output_norm.gain[0], 0.0f);

  EXPECT_TRUE(Weights::Load(folder, {.kernel_table = "portable"}).ok());
  ASSERT_TRUE(cache.Map(damaged).ok());
  EXPECT_EQ(damaged.layers[0].output_norm.gain[0], good->impl().layers[0].output_norm.gain[0]);
}

}  // namespace
}  // namespace shoal
