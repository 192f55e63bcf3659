#include "cli/embed_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace shoal {
namespace {

using ::testing::ElementsAre;

// A vector is the length of its text; texts of more than eight bytes are cut.
class LengthEmbedder final : public Embedder {
 public:
  int dim() const override { return 1; }
  int max_tokens() const override { return 8; }
  std::size_t window() const override { return 2; }
  Result<Embedded> Embed(std::span<const std::string> texts) override {
    windows.push_back(texts.size());
    Embedded embedded;
    for (const std::string& text : texts) {
      if (text == "fail") return InternalError("broken");
      embedded.vectors.push_back(static_cast<float>(text.size()));
      embedded.truncated += text.size() > 8;
    }
    return embedded;
  }
  std::vector<std::size_t> windows;
};

struct PipelineRun {
  explicit PipelineRun(std::vector<std::string> texts, std::size_t stop_after = 100) {
    TextReader reader = TextReader::OfArguments(std::move(texts), {});
    PipelineHooks hooks;
    hooks.write = [this](std::span<const float> vectors) {
      written.insert(written.end(), vectors.begin(), vectors.end());
      return Status();
    };
    hooks.progress = [this](std::uint64_t count) { progress.push_back(count); };
    hooks.stop = [this, stop_after] { return written.size() >= stop_after; };
    summary.emplace(RunPipeline(reader, embedder, hooks));
  }
  LengthEmbedder embedder;
  std::vector<float> written;
  std::vector<std::uint64_t> progress;
  std::optional<Result<PipelineSummary>> summary;
};

TEST(EmbedPipeline, WritesAllInOrderAWindowAtATime) {
  const PipelineRun run({"a", "bb", "ccc", "dddd", "eeeee"});
  ASSERT_TRUE(run.summary->ok());
  EXPECT_THAT(run.written, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(run.embedder.windows, ElementsAre(2, 2, 1));
  EXPECT_THAT(run.progress, ElementsAre(2, 4, 5));
  EXPECT_EQ((*run.summary)->texts, 5u);
  EXPECT_FALSE((*run.summary)->stopped);
}

TEST(EmbedPipeline, NoTextsAreNoWork) {
  const PipelineRun run({});
  ASSERT_TRUE(run.summary->ok());
  EXPECT_THAT(run.embedder.windows, ElementsAre());
}

TEST(EmbedPipeline, CountsWhatWasCut) {
  EXPECT_EQ((*PipelineRun({"123456789", "a", "1234567890"}).summary)->truncated, 2u);
}

TEST(EmbedPipeline, WhatCameBeforeABadTextIsWritten) {
  const PipelineRun run({"a", "bb", "ccc", "\xFF", "e"});
  ASSERT_FALSE(run.summary->ok());
  EXPECT_EQ(run.summary->status().message(), "argument 4: not valid UTF-8 at byte offset 0");
  EXPECT_THAT(run.written, ElementsAre(1, 2, 3));
}

TEST(EmbedPipeline, AFailureOfTheEmbedderEndsIt) {
  const PipelineRun run({"a", "bb", "fail", "d"});
  ASSERT_FALSE(run.summary->ok());
  EXPECT_EQ(run.summary->status().code(), StatusCode::kInternal);
  EXPECT_THAT(run.written, ElementsAre(1, 2));
}

TEST(EmbedPipeline, StopsAfterTheWindowUnderWay) {
  const PipelineRun run({"a", "bb", "ccc", "dddd", "eeeee"}, 1);
  ASSERT_TRUE(run.summary->ok());
  EXPECT_TRUE((*run.summary)->stopped);
  EXPECT_THAT(run.written, ElementsAre(1, 2));
}

}  // namespace
}  // namespace shoal
