#include "http/chunk_reader.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

struct Read {
  std::string body;
  int status = 0;  // of the refusal; 200: done; 0: there is more to come
  std::string rest;
  bool operator==(const Read&) const = default;
};

// Whole, or byte by byte.
Read ReadAll(std::string_view bytes, bool singly) {
  ChunkReader reader(1000);
  Read read;
  while (!bytes.empty() && !reader.is_done() && !reader.refusal()) {
    std::string_view some = bytes.substr(0, singly ? 1 : bytes.size());
    const std::size_t before = some.size();
    read.body += reader.Next(some);
    bytes.remove_prefix(before - some.size());
  }
  read.status = reader.refusal() ? reader.refusal()->status : reader.is_done() ? 200 : 0;
  if (read.status != 400) read.rest = bytes;
  return read;
}

Read ReadBoth(std::string_view bytes) {
  const Read read = ReadAll(bytes, false);
  EXPECT_EQ(ReadAll(bytes, true), read) << bytes;
  return read;
}

TEST(ChunkReader, JoinsChunksAndLeavesWhatFollows) {
  EXPECT_EQ(ReadBoth("3\r\nabc\r\n0B\r\n0123456789\n\r\n0\r\n\r\nGET"),
            (Read{"abc0123456789\n", 200, "GET"}));
  EXPECT_EQ(ReadBoth("0\r\n\r\n"), (Read{"", 200, ""}));
  EXPECT_EQ(ReadBoth("a\r\n01"), (Read{"01", 0, ""}));
}

TEST(ChunkReader, PassesOverExtensionsAndTrailers) {
  EXPECT_EQ(ReadBoth("1;a=\"b;\"\r\nx\r\n1 ;c\r\ny\r\n0;z\r\nA: b\r\nC: d\r\n\r\n"),
            (Read{"xy", 200, ""}));
}

TEST(ChunkReader, RefusesWhatIsNoChunk) {
  for (const char* bytes :
       {"x", "\r\n", "-1", "0x1", "1\n", "1\r\r", "1\r\nab", "1\r\na\n", "1;a\n", "1;\x01", "1g",
        "0\r\nA\n", "0\r\n\n", "0\r\n\r\r", ";", " 1", "00000000000000001"}) {
    EXPECT_EQ(ReadBoth(bytes).status, 400) << bytes;
  }
}

TEST(ChunkReader, RefusesMoreThanTheLimitBeforeItComes) {
  EXPECT_EQ(ReadBoth("3e8\r\n").status, 0);
  EXPECT_EQ(ReadBoth("3e9").status, 413);
  EXPECT_EQ(ReadBoth("ffffffffffffffff").status, 413);
  EXPECT_EQ(ReadBoth("3e7\r\n" + std::string(999, 'a') + "\r\n1\r\nb\r\n1").status, 413);
}

TEST(ChunkReader, BoundsWhatItPassesOver) {
  EXPECT_EQ(ReadBoth("1;" + std::string(kMaxChunkExtras - 1, 'a') + "\r\n").status, 0);
  EXPECT_EQ(ReadBoth("1;" + std::string(kMaxChunkExtras, 'a')).status, 400);
  EXPECT_EQ(ReadBoth("1;" + std::string(kMaxChunkExtras - 1, 'a') + "\r\nb\r\n0\r\nt").status, 400);
}

}  // namespace
}  // namespace shoal
