#include "embed/vector_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>

#include "base/file.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class VectorOutputFile : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  static std::string Content(const std::string& path) { return ReadFile(path, 1 << 20).value(); }
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

 private:
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("shoal_vector_output_" + std::to_string(getpid()));
};

VectorOutput Open(const std::string& path, int dim) {
  const OutputTarget target = FindOutputTarget(path, -1).value();
  return {OutputFile::Open(target).value(), VectorOutput::FormatOf(target).value(), dim};
}

Status OpenStatus(const std::string& path) {
  const Result<OutputTarget> target = FindOutputTarget(path, -1);
  return target.ok() ? OutputFile::Open(*target).status() : target.status();
}

constexpr std::array<float, 6> kRows = {0.1f, -2.5f, 1e-8f, 3, 0, 7};

TEST_F(VectorOutputFile, NpyIsAHeaderWithTheNumberOfRowsAndThenTheFloats) {
  VectorOutput output = Open(Path("a.npy"), 3);
  ASSERT_TRUE(output.Write(kRows).ok());
  ASSERT_TRUE(output.Write(std::span(kRows).first(3)).ok());
  ASSERT_TRUE(output.Commit().ok());
  const std::string content = Content(Path("a.npy"));
  ASSERT_EQ(content.size(), 128 + 9 * sizeof(float));
  EXPECT_EQ(content.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  EXPECT_THAT(content.substr(10),
              StartsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 3), }  "));
  EXPECT_EQ(content[127], '\n');
  std::array<float, 9> read{};
  std::memcpy(read.data(), content.data() + 128, sizeof(read));
  EXPECT_EQ(read[5], 7);
  EXPECT_EQ(read[6], 0.1f);
}

TEST_F(VectorOutputFile, NpyWithoutRowsIsStillAFile) {
  VectorOutput output = Open(Path("a.npy"), 384);
  ASSERT_TRUE(output.Commit().ok());
  EXPECT_THAT(Content(Path("a.npy")), HasSubstr("'shape': (0, 384)"));
}

TEST(NpyHeader, HasItsSizeForAnyNumberOfRows) {
  EXPECT_EQ(NpyHeader(0, 1).size(), 128u);
  EXPECT_EQ(NpyHeader(~std::size_t{0}, 65536).size(), 128u);
}

TEST_F(VectorOutputFile, JsonLinesHoldTheShortestDecimals) {
  VectorOutput output = Open(Path("a.jsonl"), 3);
  ASSERT_TRUE(output.Write(kRows).ok());
  ASSERT_TRUE(output.Commit().ok());
  EXPECT_THAT(Content(Path("a.jsonl")), StartsWith("{\"embedding\":[0.1,-2.5,1e-"));
  EXPECT_THAT(Content(Path("a.jsonl")), HasSubstr("]}\n{\"embedding\":[3"));
}

TEST_F(VectorOutputFile, NothingIsSeenUnderTheNameBeforeTheEndAndWhatWasWrittenStays) {
  {
    VectorOutput output = Open(Path("a.npy"), 3);
    ASSERT_TRUE(output.Write(kRows).ok());
  }
  EXPECT_FALSE(std::filesystem::exists(Path("a.npy")));
  EXPECT_EQ(Content(Path("a.npy.partial")).size(), 128 + sizeof(kRows));
}

TEST_F(VectorOutputFile, ADraftIntoWhichNothingWasWrittenGoesUnlessItLayThere) {
  { Open(Path("a.npy"), 3); }
  EXPECT_FALSE(std::filesystem::exists(Path("a.npy.partial")));
  { ASSERT_TRUE(Open(Path("a.npy"), 3).Write(kRows).ok()); }
  { Open(Path("a.npy"), 3); }
  EXPECT_EQ(Content(Path("a.npy.partial")).size(), 128 + sizeof(kRows));
  ASSERT_TRUE(Open(Path("a.npy"), 3).Commit().ok());
  EXPECT_EQ(Content(Path("a.npy")).size(), 128u);
}

TEST_F(VectorOutputFile, AKeptDraftIsAWholeFileUnderItsOwnName) {
  VectorOutput output = Open(Path("a.npy"), 3);
  ASSERT_TRUE(output.Write(kRows).ok());
  ASSERT_TRUE(output.KeepDraft().ok());
  EXPECT_FALSE(std::filesystem::exists(Path("a.npy")));
  EXPECT_THAT(Content(Path("a.npy.partial")), HasSubstr("'shape': (2, 3)"));
}

TEST_F(VectorOutputFile, GoesOnWithADraftAndGivesTheBytesOfOneRun) {
  for (const char* name : {"a.npy", "a.jsonl"}) {
    const std::string path = Path(name);
    std::uint64_t bytes = 0;
    {
      VectorOutput whole = Open(path, 3);
      ASSERT_TRUE(whole.Write(kRows).ok());
      ASSERT_TRUE(whole.Write(kRows).ok());
      ASSERT_TRUE(whole.Commit().ok());
    }
    const std::string expected = Content(path);
    {
      VectorOutput first = Open(path, 3);
      ASSERT_TRUE(first.Write(kRows).ok());
      bytes = first.file().size();
      ASSERT_TRUE(first.KeepDraft().ok());
      ASSERT_TRUE(first.Write(std::span(kRows).first(3)).ok());  // after the checkpoint: cut off
    }
    VectorOutput second = Open(path, 3);
    ASSERT_TRUE(second.GoOnAfter(2, bytes).ok());
    ASSERT_TRUE(second.Write(kRows).ok());
    ASSERT_TRUE(second.Commit().ok());
    EXPECT_EQ(Content(path), expected) << name;
  }
}

TEST_F(VectorOutputFile, ADraftIsWrittenByOneAtATime) {
  VectorOutput first = Open(Path("a.npy"), 3);
  ASSERT_TRUE(first.Write(kRows).ok());
  const Status second = OpenStatus(Path("a.npy"));
  EXPECT_EQ(second.code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(second.message(), "another process is writing " + Path("a.npy.partial"));
  ASSERT_TRUE(first.Commit().ok());
  EXPECT_EQ(Content(Path("a.npy")).size(), 128 + sizeof(kRows));
}

TEST_F(VectorOutputFile, ADraftThatIsGoneOrTooShortCannotGoOn) {
  EXPECT_EQ(Open(Path("a.npy"), 3).GoOnAfter(0, 128).code(), StatusCode::kNotFound);
  { ASSERT_TRUE(Open(Path("a.npy"), 3).Write({}).ok()); }
  const Status status = Open(Path("a.npy"), 3).GoOnAfter(1, 140);
  EXPECT_EQ(status.code(), StatusCode::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr("a.npy.partial has 128 bytes, expected 140 or more"));
  EXPECT_TRUE(std::filesystem::exists(Path("a.npy.partial")));
}

TEST(VectorOutput, TheNameOfAFileSaysTheFormatAndAStreamHasJsonLines) {
  const auto format = [](const std::string& name, OutputTarget::Kind kind) {
    return VectorOutput::FormatOf({.name = name, .kind = kind, .path = name});
  };
  using Kind = OutputTarget::Kind;
  EXPECT_EQ(format("x.csv", Kind::kFile).status().message(),
            "found \"x.csv\", accepted a name that ends in .jsonl or .npy, or -");
  EXPECT_EQ(format("x.npy", Kind::kFile).value(), VectorOutput::Format::kNpy);
  EXPECT_EQ(format("pipe", Kind::kStream).value(), VectorOutput::Format::kJsonl);
  EXPECT_THAT(format("x.npy", Kind::kStream).status().message(), HasSubstr("number of rows"));
}

}  // namespace
}  // namespace shoal
