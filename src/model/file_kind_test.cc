#include "model/file_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/temporary_folder.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;
using std::string_view_literals::operator""sv;

std::string Kind(FileFormat format, std::string_view head) {
  const Status status = CheckKind("file", format, head);
  return status.ok() ? "ok" : status.message();
}

TEST(CheckKind, NamesWhatAFileIsInsteadAndWhatToDo) {
  const struct {
    std::string_view head, words;
  } cases[] = {
      {"version https://git-lfs.github.com/spec/v1\noid sha256:", "file is a Git LFS pointer"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:", "run `git lfs pull`"},
      {"<!DOCTYPE html><html>", "an HTML page"},
      {"\xEF\xBB\xBF \r\n<HTML lang=en>", "an HTML page"},
      {"<?xml version='1.0'?><Error><Code>AccessDenied", "an XML page"},
      {"PK\x03\x04\0\0\x08\x08"sv, "a zip archive, as PyTorch's"},
      {"\x80\x02\x8a\nl\xfc\x9c"
       "F\xf9 j",
       "a Python pickle"},
      {"\x1F\x8B\x08\0\0\0\0\0"sv, "gzip"},
      {"\x89HDF\r\n\x1a\n", "HDF5"},
      {"GGUF\3\0\0\0"sv, "GGUF"},
      {"\0\0\0\0\0\0\0\0\0"sv, "zeros"},
  };
  for (const auto& [head, words] : cases) {
    for (const auto format :
         {FileFormat::kJson, FileFormat::kVocabulary, FileFormat::kSafeTensors}) {
      EXPECT_THAT(Kind(format, head), HasSubstr(std::string(words)));
    }
  }
  EXPECT_THAT(Kind(FileFormat::kVocabulary, "{\"error\": 1}"), HasSubstr("is JSON"));
  EXPECT_THAT(Kind(FileFormat::kSafeTensors, "{\"error\": 1}"), HasSubstr("is JSON"));
}

TEST(CheckKind, LetsPassWhatMayBeTheFile) {
  EXPECT_EQ(Kind(FileFormat::kJson, "{\"error\": 1}"), "ok");
  for (const std::string_view vocabulary : {"[PAD]\n[UNK]\n", "{\n}\n", "<\n>\n", "", "\n"}) {
    EXPECT_EQ(Kind(FileFormat::kVocabulary, vocabulary), "ok") << vocabulary;
  }
  EXPECT_EQ(Kind(FileFormat::kSafeTensors, "weights"), "ok");
}

// A header of 640 bytes has the length 80 02 00 ...: a pickle begins like that.
TEST(CheckKind, TakesNoLengthOfAHeaderForAnotherFormat) {
  EXPECT_EQ(Kind(FileFormat::kSafeTensors, "\x80\x02\0\0\0\0\0\0{\"a\""sv), "ok");
  EXPECT_EQ(Kind(FileFormat::kSafeTensors, "\x1F\x8B\0\0\0\0\0\0{\"a\""sv), "ok");
}

TEST(CheckKind, ReadsAFileAndLeavesAMissingOneToItsReader) {
  const TemporaryFolder folder;
  const auto path = folder.Write("vocab.txt", "<html>" + std::string(10'000, 'x'));
  EXPECT_THAT(CheckKind(path, FileFormat::kVocabulary).message(),
              HasSubstr("vocab.txt is an HTML page"));
  EXPECT_TRUE(CheckKind(folder.path() / "none", FileFormat::kVocabulary).ok());
}

}  // namespace
}  // namespace shoal
