// Weights through the cache: the same vectors, whatever happened to the file.
#include "engine/weight_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "engine/encoder.h"
#include "kernels/dispatch.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;

class WeightCacheTest : public testing::Test {
 protected:
  WeightCacheTest()
      : root_(fs::path(testing::TempDir()) / ("shoal_weight_cache_" + std::to_string(getpid()))),
        folder_(OpenModelFolder(SHOAL_SOURCE_DIR "/tests/data/tiny_models/mean_f32").value()) {
    fs::remove_all(root_);
    fs::create_directories(root_);
    setenv("XDG_CACHE_HOME", root_.c_str(), 1);
  }
  ~WeightCacheTest() override {
    unsetenv("XDG_CACHE_HOME");
    fs::remove_all(root_);
  }

  std::shared_ptr<const Weights> Load(Precision precision = Precision::kFp32) const {
    return Weights::Load(folder_, {.precision = precision, .kernel_table = "portable"}).value();
  }
  static std::vector<float> VectorsOf(const std::shared_ptr<const Weights>& weights) {
    Lane lane(weights, static_cast<std::size_t>(weights->max_tokens()));
    const std::vector<std::uint32_t> lengths = {3, 5};
    const std::vector<std::int32_t> ids = {1, 2, 3, 4, 5, 6, 7, 8};
    std::vector<float> vectors(2 * static_cast<std::size_t>(weights->dim()));
    lane.Encode(lengths, ids, vectors);
    return vectors;
  }
  fs::path File(Precision precision = Precision::kFp32) const {
    return WeightCache::Of(folder_.digest, precision, FindTable("portable")->int8_layout)->path();
  }
  std::string Content() const { return ReadFile(File(), std::size_t{1} << 30).value(); }

  const fs::path root_;
  const ModelFolder folder_;
};

TEST_F(WeightCacheTest, TheSecondLoadMapsWhatTheFirstHasPacked) {
  const auto first = Load();
  EXPECT_TRUE(first->why_private().ok());
  ASSERT_TRUE(fs::exists(File()));
  const auto written = fs::last_write_time(File());
  const auto second = Load();
  EXPECT_TRUE(second->why_private().ok());
  EXPECT_EQ(fs::last_write_time(File()), written);
  EXPECT_EQ(VectorsOf(first), VectorsOf(second));
}

TEST_F(WeightCacheTest, EachPrecisionHasItsOwnFile) {
  for (const Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kInt8}) {
    const std::vector<float> packed = VectorsOf(Load(precision));
    ASSERT_TRUE(fs::exists(File(precision)));
    EXPECT_EQ(VectorsOf(Load(precision)), packed);
  }
  EXPECT_NE(File(Precision::kFp32), File(Precision::kInt8));
}

TEST_F(WeightCacheTest, TablesShareAFileWhereTheyReadTheSamePacking) {
  const auto name = [this](Precision precision, Int8Layout layout) {
    return WeightCache::Of(folder_.digest, precision, layout)->path().filename().string();
  };
  EXPECT_EQ(name(Precision::kFp32, Int8Layout::kQuads), folder_.digest + "-fp32.v4");
  EXPECT_EQ(name(Precision::kInt8, Int8Layout::kPairs), folder_.digest + "-int8.v4");
  EXPECT_EQ(name(Precision::kInt8, Int8Layout::kQuads), folder_.digest + "-int8-quads.v4");
  for (const Precision precision : {Precision::kFp32, Precision::kInt8}) {
    for (const KernelTable* table : RunnableTables()) {
      const Weights::Options options = {.precision = precision, .kernel_table = table->name};
      EXPECT_EQ(VectorsOf(Weights::Load(folder_, options).value()), VectorsOf(Load(precision)));
    }
  }
}

TEST_F(WeightCacheTest, AFileThatIsNotWholeIsPackedAgain) {
  const std::vector<float> expected = VectorsOf(Load());
  const std::string good = Content();
  std::string flipped = good;
  flipped[good.size() - 100] = static_cast<char>(flipped[good.size() - 100] ^ 1);
  std::string of_another_version = good;
  of_another_version[8] = 99;
  for (const std::string& bad : {flipped, of_another_version, good.substr(0, good.size() / 2),
                                 std::string("x"), std::string(), good + "more"}) {
    ASSERT_TRUE(WriteFileAtomically(File(), bad).ok());
    EXPECT_EQ(VectorsOf(Load()), expected);
    EXPECT_EQ(Content(), good);
  }
}

TEST_F(WeightCacheTest, WeightsOfAnotherSumThanTheFoldersAreNeitherUsedNorKept) {
  ModelFolder other = folder_;
  other.weights_sha256 = std::string(64, 'a');
  const auto weights = Weights::Load(other, {.kernel_table = "portable"});
  EXPECT_EQ(weights.status().code(), StatusCode::kDataLoss);
  EXPECT_THAT(weights.status().message(),
              testing::HasSubstr("model.safetensors has SHA-256 " + folder_.weights_sha256 +
                                 ", expected " + other.weights_sha256));
  EXPECT_FALSE(fs::exists(File()));
}

TEST_F(WeightCacheTest, WithoutAPlaceToWriteTheWeightsArePrivateAndSayWhy) {
  const std::vector<float> expected = VectorsOf(Load());
  ASSERT_TRUE(WriteFileAtomically(root_ / "file", "in the way").ok());
  setenv("XDG_CACHE_HOME", (root_ / "file").c_str(), 1);
  const auto weights = Load();
  EXPECT_THAT(weights->why_private().message(), testing::HasSubstr((root_ / "file").string()));
  EXPECT_EQ(VectorsOf(weights), expected);
}

TEST_F(WeightCacheTest, ADiskThatIsFullLeavesNoFileAndPrivateWeights) {
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{.rlim_cur = 10'000, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const auto weights = Load();
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_THAT(weights->why_private().message(), testing::HasSubstr("write"));
  EXPECT_TRUE(fs::is_empty(File().parent_path()));
  EXPECT_EQ(VectorsOf(weights), VectorsOf(Load()));
}

}  // namespace
}  // namespace shoal
