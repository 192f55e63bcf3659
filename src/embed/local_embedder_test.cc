// On tiny models of the tree, with a cache folder of its own.
#include "embed/local_embedder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <future>

namespace shoal {
namespace {

class LocalEmbedderTest : public ::testing::Test {
 protected:
  LocalEmbedderTest() { setenv("XDG_CACHE_HOME", cache_.c_str(), 1); }
  ~LocalEmbedderTest() override {
    unsetenv("XDG_CACHE_HOME");
    std::filesystem::remove_all(cache_);
  }

  static Result<std::unique_ptr<LocalEmbedder>> Create(const std::string& model,
                                                       const std::string& prompt_name,
                                                       std::size_t lanes) {
    return LocalEmbedder::Create({.model = SHOAL_SOURCE_DIR "/tests/data/tiny_models/" + model,
                                  .precision = Precision::kFp32,
                                  .lanes = lanes,
                                  .batch_tokens = 16,
                                  .prompt_name = prompt_name});
  }

 private:
  const std::filesystem::path cache_ =
      std::filesystem::temp_directory_path() / ("local_embedder_test." + std::to_string(getpid()));
};

TEST_F(LocalEmbedderTest, GivesATextTheSameBytesAloneAndInWindowsThatShareTheLanes) {
  std::vector<std::string> texts;
  for (int i = 0; i < 40; ++i) texts.push_back(std::string(static_cast<std::size_t>(i), 'a'));
  const std::unique_ptr<LocalEmbedder> one = Create("mean_f16_prompts", "", 1).value();
  std::vector<float> alone;
  for (const std::string& text : texts) {
    std::ranges::copy(one->Embed({&text, 1}).value().vectors, std::back_inserter(alone));
  }
  const std::unique_ptr<LocalEmbedder> three = Create("mean_f16_prompts", "", 3).value();
  std::vector<std::future<Result<Embedded>>> windows;
  for (std::size_t i = 0; i < three->windows(); ++i) {
    windows.push_back(std::async(std::launch::async, [&] { return three->Embed(texts); }));
  }
  for (auto& window : windows) EXPECT_EQ(window.get().value().vectors, alone);
}

TEST_F(LocalEmbedderTest, AnUnknownPromptIsRefusedWithThoseThatThereAre) {
  EXPECT_EQ(Create("mean_f16_prompts", "other", 1).status().ToString(),
            "INVALID_ARGUMENT: found \"other\", accepted passage, query");
  EXPECT_EQ(Create("mean_f32", "other", 1).status().ToString(),
            "INVALID_ARGUMENT: found \"other\", but the model has no prompts");
}

TEST_F(LocalEmbedderTest, AMissingModelIsAMatterOfConfiguration) {
  EXPECT_EQ(Create("none", "", 1).status().code(), StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace shoal
