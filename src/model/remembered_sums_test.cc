// Files are as young as the test; the clock says how old they look.
#include "model/remembered_sums.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "model/model_folder.h"
#include "model/temporary_folder.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr std::int64_t kSecond = 1'000'000'000;

std::int64_t InAMinute() { return UnixNanoseconds() + 60 * kSecond; }

class RememberedSumsTest : public testing::Test {
 protected:
  RememberedSumsTest() : file_(folder_.Write("weights", content_)) {}

  RememberedSums Sums(RememberedSums::WallClock now = InAMinute) const {
    return RememberedSums(folder_.path() / "sums", std::move(now));
  }
  std::string SumNow() const { return Sums().SumOf(file_).value().sha256; }
  FileStamp Stamp() const { return InputFile::Open(file_)->Stamp().value(); }

  // Writes other content over the file, in a later tick of the file system's clock.
  std::string Overwrite() const {
    std::string other = content_;
    other[5] = 'y';
    const FileStamp before = Stamp();
    do {
      folder_.Write("weights", other);
    } while (Stamp() == before);
    return Sha256Of(other);
  }

  // The only record.
  fs::path Record() const { return fs::directory_iterator(folder_.path() / "sums")->path(); }
  std::size_t Records() const {
    std::error_code error;
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_.path() / "sums", error), {}));
  }
  // A record that counts, with a sum that the file does not have.
  void Lie() const {
    ASSERT_TRUE(WriteFileAtomically(Record(), SumRecord(Stamp(), lie_)).ok());
    ASSERT_EQ(SumNow(), lie_);
  }

  const TemporaryFolder folder_;
  const std::string content_ = std::string(kSmallestRemembered, 'x');
  const std::string sum_ = Sha256Of(content_);
  const std::string lie_ = std::string(64, 'a');
  const fs::path file_;
};

TEST_F(RememberedSumsTest, AFileIsHashedOnce) {
  EXPECT_EQ(Sums().SumOf(file_).value(), (FileSum{.size = content_.size(), .sha256 = sum_}));
  Lie();  // the second time is known by the lie
  EXPECT_EQ(Sums().SumOf(file_).value(), (FileSum{.size = content_.size(), .sha256 = lie_}));
  EXPECT_EQ(Records(), 1u);
}

TEST_F(RememberedSumsTest, AFileThatWasWrittenToIsHashedAgain) {
  SumNow();
  Lie();
  const std::string other = Overwrite();
  EXPECT_EQ(SumNow(), other);
  EXPECT_EQ(SumNow(), other);
  EXPECT_EQ(Records(), 1u);
}

TEST_F(RememberedSumsTest, ATimeOfTheContentThatWasSetBackDoesNotHide) {
  SumNow();
  Lie();
  const FileStamp before = Stamp();
  const timespec times[] = {
      {.tv_sec = 0, .tv_nsec = UTIME_OMIT},
      {.tv_sec = before.modified_ns / kSecond, .tv_nsec = before.modified_ns % kSecond}};
  do {  // until a tick has passed
    ASSERT_EQ(utimensat(AT_FDCWD, file_.c_str(), times, 0), 0);
  } while (Stamp().changed_ns == before.changed_ns);
  EXPECT_EQ(Stamp().modified_ns, before.modified_ns);
  EXPECT_EQ(SumNow(), sum_);
}

TEST_F(RememberedSumsTest, AnotherFileInItsPlaceIsHashed) {
  SumNow();
  Lie();
  std::string other = content_;
  other[5] = 'y';
  fs::rename(folder_.Write("other", other), file_);
  EXPECT_EQ(SumNow(), Sha256Of(other));
}

TEST_F(RememberedSumsTest, AYoungFileIsNotRecorded) {
  EXPECT_EQ(Sums(UnixNanoseconds).SumOf(file_)->sha256, sum_);
  EXPECT_EQ(Records(), 0u);
}

TEST(IsSettled, AsksForTwoSecondsSinceBothTimes) {
  const std::int64_t now = 100 * kSecond;
  EXPECT_TRUE(IsSettled({.modified_ns = 98 * kSecond, .changed_ns = 98 * kSecond}, now));
  EXPECT_FALSE(IsSettled({.modified_ns = 98 * kSecond + 1, .changed_ns = 0}, now));
  EXPECT_FALSE(IsSettled({.modified_ns = 0, .changed_ns = 98 * kSecond + 1}, now));
  EXPECT_FALSE(IsSettled({.modified_ns = 0, .changed_ns = 200 * kSecond}, now)) << "the future";
}

TEST_F(RememberedSumsTest, ASmallFileIsNotRecorded) {
  const std::string small(kSmallestRemembered - 1, 'x');
  EXPECT_EQ(Sums().SumOf(folder_.Write("small", small))->sha256, Sha256Of(small));
  EXPECT_EQ(Records(), 0u);
}

TEST_F(RememberedSumsTest, ADamagedRecordIsIgnoredAndRewritten) {
  SumNow();
  const std::string good = ReadFile(Record(), 1000).value();
  std::string flipped = good;
  flipped[good.find(sum_)] = static_cast<char>(flipped[good.find(sum_)] ^ 1);
  const std::string of_another_version = std::string(good).replace(good.find("sum 1"), 5, "sum 2");
  for (const std::string& bad :
       {flipped, of_another_version, good.substr(0, good.size() / 2), std::string(),
        std::string("x"), good + "more", std::string(100'000, 'a')}) {
    ASSERT_TRUE(WriteFileAtomically(Record(), bad).ok());
    EXPECT_EQ(SumNow(), sum_);
    EXPECT_EQ(ReadFile(Record(), 1000).value(), good);
  }
}

TEST_F(RememberedSumsTest, WithoutAPlaceToWriteItHashesAndSaysWhy) {
  RememberedSums blocked(file_ / "sums", InAMinute);
  EXPECT_EQ(blocked.SumOf(file_)->sha256, sum_);
  EXPECT_THAT(blocked.why_not_kept().message(),
              HasSubstr("make folder " + (file_ / "sums").string()));
  RememberedSums nowhere(FailedPreconditionError("no cache folder"), InAMinute);
  EXPECT_EQ(nowhere.SumOf(file_)->sha256, sum_);
  EXPECT_EQ(nowhere.why_not_kept().message(), "no cache folder");
  RememberedSums good = Sums();
  EXPECT_EQ(good.SumOf(file_)->sha256, sum_);
  EXPECT_TRUE(good.why_not_kept().ok());
}

TEST_F(RememberedSumsTest, WhatIsForgottenIsHashedAgain) {
  SumNow();
  Lie();
  Sums().Forget(file_);
  EXPECT_EQ(Records(), 0u);
  EXPECT_EQ(SumNow(), sum_);
}

TEST_F(RememberedSumsTest, AMissingFileIsNotFound) {
  EXPECT_EQ(Sums().SumOf("/nowhere/at/all").status().code(), StatusCode::kNotFound);
  Sums().Forget("/nowhere/at/all");
}

}  // namespace
}  // namespace shoal
