#include "embed/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
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
    seen.push_back(texts.size());
    Embedded embedded;
    for (const std::string& text : texts) {
      if (text == "fail") return InternalError("broken");
      embedded.vectors.push_back(static_cast<float>(text.size()));
      embedded.truncated += text.size() > 8;
    }
    return embedded;
  }
  std::vector<std::size_t> seen;
};

struct PipelineRun {
  explicit PipelineRun(std::vector<std::string> texts, std::size_t stop_after = 100) {
    TextReader reader = TextReader::OfArguments(std::move(texts), {});
    PipelineHooks hooks;
    hooks.write = [this](const EmbeddedWindow& window) {
      written.insert(written.end(), window.vectors.begin(), window.vectors.end());
      EXPECT_EQ(window.vectors.size(), window.texts);
      truncated += window.truncated;
      return Status();
    };
    hooks.stop = [this, stop_after] { return written.size() >= stop_after; };
    stopped.emplace(RunPipeline(reader, embedder, hooks));
  }
  LengthEmbedder embedder;
  std::vector<float> written;
  std::size_t truncated = 0;
  std::optional<Result<bool>> stopped;
};

TEST(EmbedPipeline, WritesAllInOrderAWindowAtATime) {
  const PipelineRun run({"a", "bb", "ccc", "dddd", "eeeee"});
  ASSERT_TRUE(run.stopped->ok());
  EXPECT_THAT(run.written, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(run.embedder.seen, ElementsAre(2, 2, 1));
  EXPECT_FALSE(run.stopped->value());
}

TEST(EmbedPipeline, NoTextsAreNoWork) {
  const PipelineRun run({});
  ASSERT_TRUE(run.stopped->ok());
  EXPECT_THAT(run.embedder.seen, ElementsAre());
}

TEST(EmbedPipeline, CountsWhatWasCut) {
  EXPECT_EQ(PipelineRun({"123456789", "a", "1234567890"}).truncated, 2u);
}

TEST(EmbedPipeline, WhatCameBeforeABadTextIsWritten) {
  const PipelineRun run({"a", "bb", "ccc", "\xFF", "e"});
  ASSERT_FALSE(run.stopped->ok());
  EXPECT_EQ(run.stopped->status().message(), "argument 4: not valid UTF-8 at byte offset 0");
  EXPECT_THAT(run.written, ElementsAre(1, 2, 3));
}

TEST(EmbedPipeline, AFailureOfTheEmbedderEndsIt) {
  const PipelineRun run({"a", "bb", "fail", "d"});
  ASSERT_FALSE(run.stopped->ok());
  EXPECT_EQ(run.stopped->status().code(), StatusCode::kInternal);
  EXPECT_THAT(run.written, ElementsAre(1, 2));
}

TEST(EmbedPipeline, StopsAfterTheWindowUnderWay) {
  const PipelineRun run({"a", "bb", "ccc", "dddd", "eeeee"}, 1);
  ASSERT_TRUE(run.stopped->ok());
  EXPECT_TRUE(run.stopped->value());
  EXPECT_THAT(run.written, ElementsAre(1, 2));
}

// Takes three windows at a time. The first three end only when all of them are under way, and the
// first two only when the third has ended.
class ThreeAtATime final : public Embedder {
 public:
  int dim() const override { return 1; }
  int max_tokens() const override { return 8; }
  std::size_t window() const override { return 1; }
  std::size_t windows() const override { return 3; }
  Result<Embedded> Embed(std::span<const std::string> texts) override {
    const int under_way = ++under_way_;
    int most = most_;
    while (most < under_way && !most_.compare_exchange_weak(most, under_way)) {
    }
    if (texts[0].size() == 1 && texts[0] <= "3") three_begun_.arrive_and_wait();
    if (texts[0] == "1" || texts[0] == "2") third_done_.wait();
    if (texts[0] == "3") third_done_.count_down();
    --under_way_;
    return Embedded{.vectors = {std::stof(texts[0])}};
  }
  int most() const { return most_; }

 private:
  std::latch three_begun_{3};
  std::latch third_done_{1};
  std::atomic<int> under_way_{0};
  std::atomic<int> most_{0};
};

TEST(EmbedPipeline, LooksAheadAndStillWritesInOrder) {
  std::vector<std::string> texts;
  std::vector<float> expected;
  for (int i = 1; i <= 50; ++i) {
    texts.push_back(std::to_string(i));
    expected.push_back(static_cast<float>(i));
  }
  TextReader reader = TextReader::OfArguments(texts, {});
  ThreeAtATime embedder;
  std::vector<float> written;
  const Result<bool> stopped =
      RunPipeline(reader, embedder, {.write = [&written](const EmbeddedWindow& window) {
                    written.push_back(window.vectors[0]);
                    return Status();
                  }});
  EXPECT_FALSE(stopped.value());
  EXPECT_EQ(written, expected);
  EXPECT_EQ(embedder.most(), 3);  // and never more: that bounds the memory
}

TEST(EmbedPipeline, TextsOfMoreThanEightMebibytesCloseAWindow) {
  const std::string text(std::size_t{3} << 20, 'x');
  const TextReaderOptions options{.max_text_bytes = text.size()};
  TextReader reader = TextReader::OfArguments(std::vector<std::string>(7, text), options);
  std::vector<std::size_t> sizes;
  class Wide final : public Embedder {
   public:
    int dim() const override { return 1; }
    int max_tokens() const override { return 8; }
    std::size_t window() const override { return 1000; }
    Result<Embedded> Embed(std::span<const std::string> given) override {
      return Embedded{.vectors = std::vector<float>(given.size())};
    }
  } embedder;
  ASSERT_TRUE(RunPipeline(reader, embedder,
                          {.write =
                               [&sizes](const EmbeddedWindow& window) {
                                 sizes.push_back(window.texts);
                                 return Status();
                               }})
                  .ok());
  EXPECT_THAT(sizes, ElementsAre(3, 3, 1));
}

}  // namespace
}  // namespace shoal
