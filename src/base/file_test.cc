#include "base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

namespace shoal {
namespace {

std::filesystem::path Scratch(const std::string& name) {
  return std::filesystem::path(testing::TempDir()) / ("shoal_file_test_" + name);
}

TEST(File, WhatIsWrittenIsRead) {
  const auto path = Scratch("roundtrip");
  ASSERT_TRUE(WriteFileAtomically(path, "first").ok());
  ASSERT_TRUE(WriteFileAtomically(path, "second").ok());
  EXPECT_EQ(*ReadFile(path, 100), "second");
  const Result<MappedFile> mapped = MappedFile::Open(path);
  ASSERT_TRUE(mapped.ok());
  EXPECT_EQ(mapped->bytes().size(), 6u);
  EXPECT_EQ(std::to_integer<char>(mapped->bytes()[0]), 's');
}

TEST(File, IsItsOwnersAloneWhereItShallBe) {
  using std::filesystem::perms;
  const auto path = Scratch("mode");
  ASSERT_TRUE(WriteFileAtomically(path, "for all").ok());
  EXPECT_EQ(std::filesystem::status(path).permissions(), static_cast<perms>(kReadableByAll));
  ASSERT_TRUE(WriteFileAtomically(path, "mine", kOwnersAlone).ok());
  EXPECT_EQ(std::filesystem::status(path).permissions(), static_cast<perms>(kOwnersAlone));
}

// The limit's signal comes in the middle of the write.
TEST(FileDeathTest, WhoIsKilledWhileWritingLeavesNothing) {
  const auto folder = Scratch("killed");
  std::filesystem::create_directories(folder);
  if (Descriptor(open(folder.c_str(), O_TMPFILE | O_WRONLY, 0600)).get() < 0) {
    GTEST_SKIP() << "no files without a name here";
  }
  const auto write_too_much = [&] {
    const rlimit limit{.rlim_cur = 4096, .rlim_max = 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
    static_cast<void>(WriteFileAtomically(folder / "file", std::string(8192, 'x')));
  };
  EXPECT_EXIT(write_too_much(), testing::KilledBySignal(SIGXFSZ), "");
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST(File, ReadsNothingOverTheLimit) {
  const auto path = Scratch("limit");
  ASSERT_TRUE(WriteFileAtomically(path, "12345").ok());
  const Result<std::string> content = ReadFile(path, 4);
  EXPECT_EQ(content.status().code(), StatusCode::kInvalidArgument);
  EXPECT_NE(content.status().message().find("5 bytes, at most 4"), std::string::npos);
}

TEST(File, ErrorsNameThePath) {
  const Result<std::string> content = ReadFile("/nowhere/at/all", 10);
  EXPECT_EQ(content.status().code(), StatusCode::kNotFound);
  EXPECT_NE(content.status().message().find("/nowhere/at/all"), std::string::npos);
  EXPECT_FALSE(WriteFileAtomically("/nowhere/at/all", "x").ok());
  EXPECT_FALSE(MappedFile::Open("/nowhere/at/all").ok());
}

TEST(File, WhatCouldBeReplacedIsSaidWithoutTouchingIt) {
  const auto path = Scratch("replaceable");
  std::filesystem::remove(path);
  EXPECT_TRUE(CheckReplaceable(path).ok());
  EXPECT_FALSE(std::filesystem::exists(path));
  ASSERT_TRUE(WriteFileAtomically(path, "kept").ok());
  EXPECT_TRUE(CheckReplaceable(path).ok());
  EXPECT_EQ(*ReadFile(path, 100), "kept");
}

TEST(File, NeitherAFolderNorADeviceNorAFileInNoFolderCouldBeReplaced) {
  EXPECT_FALSE(CheckReplaceable(testing::TempDir()).ok());
  EXPECT_FALSE(CheckReplaceable("/dev/null").ok());
  EXPECT_FALSE(CheckReplaceable("/nowhere/at/all").ok());
}

TEST(File, AFolderIsNotAFile) {
  EXPECT_EQ(ReadFile("/tmp", 10).status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace shoal
