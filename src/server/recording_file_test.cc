#include "server/recording_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"

namespace shoal {
namespace {

using std::chrono::microseconds;

TEST(RecordingFile, HoldsEveryStepOnceItIsClosed) {
  const std::string path = testing::TempDir() + "shoal_recording_test";
  const SchedulerOptions options;
  auto file = RecordingFile::Create(path, options);
  ASSERT_TRUE(file.ok()) << file.status().message();
  Scheduler scheduler(options);
  std::vector<SchedulerAction> actions;
  const std::uint32_t length[] = {10};
  constexpr std::uint64_t kSteps = 5000;  // more than is kept in memory
  for (std::uint64_t i = 1; i <= kSteps; ++i) {
    const microseconds now(i * 1000);
    const SchedulerEvent events[] = {
        CallOffered{.call = i, .deadline = now + microseconds(9'000), .lengths = length}};
    scheduler.Step(now, events, actions);
    (*file)->Add(now, events, actions);
  }
  EXPECT_GT(std::filesystem::file_size(path), 0u);
  file->reset();
  const Result<std::string> bytes = ReadFile(path, 1 << 24);
  ASSERT_TRUE(bytes.ok());
  const Result<Replayed> replayed = Replay(*bytes);
  ASSERT_TRUE(replayed.ok()) << replayed.status().message();
  EXPECT_EQ(replayed->steps, kSteps);
  EXPECT_FALSE(replayed->cut);
  std::filesystem::remove(path);
}

TEST(RecordingFile, APlaceThatCannotBeWrittenIsNamed) {
  const auto file = RecordingFile::Create("/nowhere/file", {});
  EXPECT_NE(file.status().message().find("/nowhere/file"), std::string::npos);
}

}  // namespace
}  // namespace shoal
