#include "embed/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"

namespace shoal {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

// A vector is the length of its text, three windows of two texts at a time.
class Lengths final : public Embedder {
 public:
  int dim() const override { return 1; }
  int max_tokens() const override { return 8; }
  std::size_t window() const override { return 2; }
  std::size_t windows() const override { return 3; }
  Result<Embedded> Embed(std::span<const std::string> texts) override {
    Embedded embedded;
    for (const std::string& text : texts) {
      embedded.vectors.push_back(static_cast<float>(text.size()));
    }
    embedded.truncated = 1;
    return embedded;
  }
};

class EmbedOutputFile : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  bool Exists(const std::string& name) const { return std::filesystem::exists(Path(name)); }
  std::string Content(const std::string& name) const {
    return ReadFile(Path(name), 1 << 20).value();
  }
  // Texts of 1, 2, ... `count` bytes.
  void WriteInput(int count) const {
    std::ofstream file(Path("in.txt"));
    for (int i = 1; i <= count; ++i) file << std::string(static_cast<std::size_t>(i), 'x') << '\n';
  }
  TextReader Input() const { return TextReader::OfFile(Path("in.txt"), {}).value(); }
  static EmbedOutputOptions Options(const std::string& name) {
    return {.format =
                name.ends_with(".npy") ? VectorOutput::Format::kNpy : VectorOutput::Format::kJsonl,
            .dim = 1,
            .identity = RunIdentity{.model_digest = "abc", .precision = "fp32"}};
  }
  EmbedOutput Open(const std::string& name) const { return Open(name, Options(name)); }
  EmbedOutput Open(const std::string& name, EmbedOutputOptions options) const {
    const OutputTarget target = FindOutputTarget(Path(name), -1).value();
    return {OutputFile::Open(target).value(), std::move(options), clock_};
  }
  // Each window takes `window_time`. Stops before text `stop_at` has been written.
  void Embed(EmbedOutput& output, TextReader& reader, seconds window_time,
             std::uint64_t stop_at = 1000) {
    Lengths embedder;
    const Result<bool> done =
        RunPipeline(reader, embedder, {.write = [&](const EmbeddedWindow& window) {
                      clock_.Advance(window_time);
                      if (output.texts() + window.texts >= stop_at) return CancelledError("killed");
                      return output.Write(window);
                    }});
    EXPECT_EQ(done.ok(), stop_at == 1000);
  }
  std::string WholeRun(const std::string& name) {
    TextReader reader = Input();
    EmbedOutput output = Open(name);
    Embed(output, reader, seconds(1));
    EXPECT_TRUE(output.Commit().ok());
    return Content(name);
  }

  ManualClock clock_;

 private:
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("shoal_embed_output_" + std::to_string(getpid()));
};

TEST_F(EmbedOutputFile, ARunThatWasCutOffAnywhereGoesOnFromItsCheckpointToTheSameBytes) {
  WriteInput(21);
  for (const std::string name : {"a.npy", "a.jsonl"}) {
    const std::string expected = WholeRun(name);
    EXPECT_FALSE(Exists(name + ".partial.json"));
    for (const std::uint64_t cut : {9u, 14u, 21u}) {
      {
        TextReader reader = Input();
        EmbedOutput output = Open(name);
        Embed(output, reader, seconds(3), cut);  // a checkpoint after every second window
      }
      ASSERT_TRUE(Exists(name + ".partial.json"));
      TextReader reader = Input();
      EmbedOutput output = Open(name);
      ASSERT_TRUE(output.Resume(reader).ok());
      EXPECT_EQ(output.resumable_texts(), output.texts());
      EXPECT_EQ(output.texts(), (cut - 1) / 4 * 4);
      Embed(output, reader, seconds(1));
      EXPECT_EQ(output.texts(), 21u);
      EXPECT_EQ(output.truncated(), 11u);
      ASSERT_TRUE(output.Commit().ok());
      EXPECT_EQ(Content(name), expected) << name << " cut at " << cut;
      EXPECT_FALSE(Exists(name + ".partial.json"));
    }
  }
}

TEST_F(EmbedOutputFile, ARunThatEndsEarlyKeepsEverythingItHas) {
  WriteInput(10);
  TextReader reader = Input();
  {
    EmbedOutput output = Open("a.npy");
    Embed(output, reader, seconds(0), 8);
    EXPECT_FALSE(Exists("a.npy.partial.json"));  // it was not time
    ASSERT_TRUE(output.Keep().ok());
  }
  EXPECT_THAT(Content("a.npy.partial"), HasSubstr("'shape': (6, 1)"));
  TextReader again = Input();
  EmbedOutput resumed = Open("a.npy");
  ASSERT_TRUE(resumed.Resume(again).ok());
  EXPECT_EQ(resumed.texts(), 6u);
}

TEST_F(EmbedOutputFile, ThereIsNothingToResumeWithoutCheckpointOrWithoutDraft) {
  WriteInput(10);
  TextReader reader = Input();
  EXPECT_EQ(Open("a.npy").Resume(reader).code(), StatusCode::kNotFound);
  {
    TextReader first = Input();
    EmbedOutput output = Open("a.npy");
    Embed(output, first, seconds(9), 8);
  }
  ASSERT_TRUE(Exists("a.npy.partial.json"));
  std::filesystem::remove(Path("a.npy.partial"));
  EXPECT_EQ(Open("a.npy").Resume(reader).code(), StatusCode::kNotFound);
  std::string text;
  EXPECT_TRUE(reader.Next(text).value());  // and nothing of the input is lost
  EXPECT_EQ(text, "x");
}

TEST_F(EmbedOutputFile, ARefusedResumeLeavesWhatIsThere) {
  WriteInput(10);
  {
    TextReader reader = Input();
    EmbedOutput output = Open("a.npy");
    Embed(output, reader, seconds(0), 8);
    ASSERT_TRUE(output.Keep().ok());
  }
  const std::string draft = Content("a.npy.partial");
  EmbedOutputOptions other = Options("a.npy");
  other.identity->precision = "bf16";
  TextReader reader = Input();
  EXPECT_EQ(Open("a.npy", other).Resume(reader).message(),
            "the interrupted run had the precision fp32, this one has bf16");
  std::ofstream(Path("in.txt")) << "another\n";
  TextReader changed = Input();
  EXPECT_THAT(Open("a.npy").Resume(changed).message(), HasSubstr("in.txt has changed"));
  EXPECT_EQ(Content("a.npy.partial"), draft);
  EXPECT_TRUE(Exists("a.npy.partial.json"));
}

TEST_F(EmbedOutputFile, ANewRunReplacesWhatAnotherLeft) {
  WriteInput(10);
  const std::string expected = WholeRun("a.npy");
  {
    TextReader reader = Input();
    EmbedOutput output = Open("a.npy");
    Embed(output, reader, seconds(9), 8);
  }
  ASSERT_TRUE(Exists("a.npy.partial.json"));
  EXPECT_EQ(WholeRun("a.npy"), expected);
  EXPECT_FALSE(Exists("a.npy.partial.json"));
  EXPECT_FALSE(Exists("a.npy.partial"));
}

}  // namespace
}  // namespace shoal
