#include "embed/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace shoal {
namespace {

using ::testing::HasSubstr;

const Checkpoint kCheckpoint = {.identity = {.server = true,
                                             .version = "1.2.3",
                                             .model = "m",
                                             .model_digest = "abc",
                                             .precision = "bf16",
                                             .kernels = "avx2",
                                             .prompt = "query: \"x\"\n",
                                             .special_tokens_as_text = true},
                                .input = {.texts = 7,
                                          .bytes = 1ull << 40,
                                          .sha256 = "def",
                                          .format = InputFormat::kJsonl,
                                          .text_key = "body"},
                                .truncated = 2,
                                .output_bytes = 1ull << 50};

class EmbedCheckpoint : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }
  const std::string path_ = CheckpointPath(
      (std::filesystem::temp_directory_path() / ("shoal_checkpoint_" + std::to_string(getpid())))
          .string());
};

TEST_F(EmbedCheckpoint, ReadsWhatWasWritten) {
  ASSERT_TRUE(WriteCheckpoint(path_, kCheckpoint).ok());
  EXPECT_EQ(ReadCheckpoint(path_).value(), kCheckpoint);
}

TEST_F(EmbedCheckpoint, OneThatIsNotThereIsNotFoundAndAnotherFileIsRefusedByName) {
  EXPECT_EQ(ReadCheckpoint(path_).status().code(), StatusCode::kNotFound);
  std::ofstream(path_) << "{\"run\": {}}";
  const Status status = ReadCheckpoint(path_).status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr(path_ + ": run"));
}

TEST(CheckSameRun, NamesWhatIsDifferent) {
  const RunIdentity then = kCheckpoint.identity;
  EXPECT_TRUE(CheckSameRun(then, then, "x").ok());
  const auto message = [&then](auto change) {
    RunIdentity now = then;
    change(now);
    return CheckSameRun(then, now, "--as-text").message();
  };
  EXPECT_EQ(message([](RunIdentity& now) { now.precision = "fp32"; }),
            "the interrupted run had the precision bf16, this one has fp32");
  EXPECT_EQ(message([](RunIdentity& now) { now.model_digest = "xyz"; }),
            "the interrupted run had the model m (abc), this one has m (xyz)");
  EXPECT_THAT(message([](RunIdentity& now) { now.kernels = "portable"; }), HasSubstr("kernels"));
  EXPECT_THAT(message([](RunIdentity& now) { now.kernels = ""; }), HasSubstr("has unknown"));
  EXPECT_EQ(message([](RunIdentity& now) { now.server = false; }),
            "the interrupted run had the vectors of a server, this one has this process");
  EXPECT_THAT(message([](RunIdentity& now) { now.prompt = ""; }), HasSubstr("prompt"));
  EXPECT_THAT(message([](RunIdentity& now) { now.special_tokens_as_text = false; }),
              HasSubstr("setting --as-text on, this one has off"));
  EXPECT_THAT(message([](RunIdentity& now) { now.version = "2"; }), HasSubstr("version of shoal"));
}

TEST(CheckSameRun, KernelsThatAreNotKnownMayBeOthers) {
  RunIdentity run = kCheckpoint.identity;
  run.kernels = "";
  EXPECT_THAT(CheckSameRun(run, run, "x").message(), HasSubstr("kernels unknown"));
}

TEST(CheckSameRun, KernelsDoNotMatterInFp32AndNeitherDoesTheNameOfTheModel) {
  RunIdentity then = kCheckpoint.identity;
  then.precision = "fp32";
  RunIdentity now = then;
  now.kernels = "portable";
  now.model = "moved";
  EXPECT_TRUE(CheckSameRun(then, now, "x").ok());
}

}  // namespace
}  // namespace shoal
