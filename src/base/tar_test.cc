#include "base/tar.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

std::string TarOf(std::string_view name, std::string_view content) {
  TarWriter tar(1'700'000'000);
  tar.Add(name, content);
  return std::move(tar).Finish();
}

std::string_view CString(const std::string& tar, std::size_t begin) { return tar.data() + begin; }

TEST(TarWriter, AHeaderSaysWhatTheFormatAsks) {
  const std::string tar = TarOf("folder/a.txt", "0123456789");
  EXPECT_EQ(CString(tar, 0), "folder/a.txt");
  EXPECT_EQ(CString(tar, 100), "0000600");
  EXPECT_EQ(CString(tar, 124), "00000000012");
  EXPECT_EQ(CString(tar, 136), "14524770400");
  EXPECT_EQ(tar[156], '0');
  EXPECT_EQ(tar.substr(257, 8), std::string("ustar\00000", 8));
}

// The sum over the header with blanks where it stands itself.
TEST(TarWriter, TheSumIsThatOfItsBytes) {
  std::string header = TarOf("a", "x").substr(0, 512);
  const std::string said = header.substr(148, 8);
  header.replace(148, 8, 8, ' ');
  unsigned sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  EXPECT_EQ(std::stoul(said, nullptr, 8), sum);
  EXPECT_EQ(said.substr(6), std::string("\0 ", 2));
}

TEST(TarWriter, ContentIsPaddedToBlocksAndTwoEmptyOnesEndIt) {
  EXPECT_EQ(TarOf("a", "").size(), 512u + 1024u);
  EXPECT_EQ(TarOf("a", std::string(512, 'x')).size(), 512u + 512u + 1024u);
  const std::string tar = TarOf("a", std::string(513, 'x'));
  EXPECT_EQ(tar.size(), 512u + 1024u + 1024u);
  EXPECT_EQ(tar.substr(512 + 513), std::string(511 + 1024, '\0'));
}

TEST(TarWriter, TheSameFilesMakeTheSameBytes) { EXPECT_EQ(TarOf("a", "x"), TarOf("a", "x")); }

TEST(TarWriter, ANameOfAHundredBytesFits) {
  EXPECT_EQ(TarOf(std::string(100, 'n'), "").substr(0, 101), std::string(100, 'n') + "0");
}

TEST(TarWriterDeathTest, ALongerOneIsOurMistake) {
  EXPECT_DEATH(TarOf(std::string(101, 'n'), ""), "name");
}

}  // namespace
}  // namespace shoal
