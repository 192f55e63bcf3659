#include "cli/worker_arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace shoal {
namespace {

using testing::Contains;
using testing::Not;

Settings ServeSettings(std::vector<GivenFlag> flags = {}) {
  auto settings = Settings::Resolve(For::kServe, flags, {}, {}, "");
  EXPECT_TRUE(settings.ok()) << settings.status().message();
  return *std::move(settings);
}

TEST(WorkerArguments, CarryEveryOptionThatServeAndWorkerShare) {
  const auto words = WorkerArguments(ServeSettings(), {});
  for (const Option& option : kOptions) {
    const bool shared = Takes(For::kServe, option) && Takes(For::kWorker, option);
    const std::string flag = FlagName(option) + "=";
    EXPECT_EQ(std::any_of(words.begin(), words.end(),
                          [&](const std::string& word) { return word.starts_with(flag); }),
              shared)
        << flag;
  }
}

TEST(WorkerArguments, CanBeParsedAsACommandLineOfAWorker) {
  const auto words = WorkerArguments(ServeSettings(), {{"worker-id", "w-1"}});
  ASSERT_EQ(words[0], "worker");
  const auto line = ParseCommandLine(For::kWorker, std::span(words).subspan(1));
  ASSERT_TRUE(line.ok()) << line.status().message();
  const auto settings = Settings::Resolve(For::kWorker, line->flags, {}, {}, "");
  ASSERT_TRUE(settings.ok()) << settings.status().message();
  EXPECT_EQ(settings->Text("worker-id"), "w-1");
}

TEST(WorkerArguments, CanKeepTheFileOfServeFromTheWorker) {
  const auto words = WorkerArguments(ServeSettings(), {{"config", ""}});
  EXPECT_THAT(words, Contains("--config="));
}

TEST(WorkerArguments, WhatIsTheWorkersOwnGoesBeforeWhatServeHas) {
  const auto words = WorkerArguments(ServeSettings(), {{"ready-file", ""}, {"pin", "off"}});
  EXPECT_THAT(words, Contains("--ready-file="));
  EXPECT_THAT(words, Contains("--pin=off"));
  EXPECT_THAT(words, Not(Contains("--pin=auto")));
}

}  // namespace
}  // namespace shoal
