#include "json/tokens.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "base/rng.h"

namespace shoal {
namespace {

using Fault = JsonTokens::Fault;

std::string Listed(const JsonTokens& tokens) {
  std::string all;
  for (std::size_t i = 0; i < tokens.count(); ++i) all += std::string(tokens[i]) + " ~ ";
  return all;
}

std::string Found(std::string_view text) {
  JsonTokens quick;
  JsonTokens slow;
  EXPECT_FALSE(quick.Find(text).has_value()) << text;
  EXPECT_FALSE(slow.FindSlowly(text).has_value()) << text;
  EXPECT_EQ(Listed(quick), Listed(slow));
  return Listed(quick);
}

void ExpectFault(std::string_view text, Fault::Kind kind, std::size_t byte, bool in_string,
                 const std::string& before) {
  JsonTokens tokens;
  const std::optional<Fault> fault = tokens.Find(text);
  ASSERT_TRUE(fault.has_value()) << text;
  EXPECT_EQ(fault->kind, kind) << text;
  EXPECT_EQ(fault->byte, byte) << text;
  EXPECT_EQ(fault->in_string, in_string) << text;
  EXPECT_EQ(Listed(tokens), before) << text;
}

TEST(JsonTokens, BeginWhereBracketsStringsAndRunsDo) {
  EXPECT_EQ(Found(R"( {"a b" : [ 1,-2.5e3 , true]} )"),
            R"({ ~ "a b" ~ : ~ [ ~ 1 ~ , ~ -2.5e3 ~ , ~ true ~ ] ~ } ~ )");
  EXPECT_EQ(Found(R"("[,:\"{}\\" x)"), R"("[,:\"{}\\" ~ x ~ )");
  EXPECT_EQ(Found("nul l \x01"), "nul ~ l ~ \x01 ~ ");
  EXPECT_EQ(Found("  \r\n\t"), "");
  EXPECT_EQ(Found(""), "");
}

TEST(JsonTokens, SayWhichFaultComesFirst) {
  using Kind = Fault::Kind;
  ExpectFault("[1, \"ab", Kind::kUnclosedString, 4, true, "[ ~ 1 ~ , ~ \"ab ~ ");
  ExpectFault("[\"ab\\\"]", Kind::kUnclosedString, 1, true, "[ ~ \"ab\\\"] ~ ");
  ExpectFault("[\"a\nb\"]", Kind::kControlCharacter, 3, true, "[ ~ \"a\nb\"] ~ ");
  ExpectFault("[\"a\xFF\", \"b\n\"]", Kind::kUtf8, 3, true, "[ ~ \"a ~ ");
  ExpectFault("[\"a\", \xC3(]", Kind::kUtf8, 6, false, "[ ~ \"a\" ~ , ~ ");
  ExpectFault("\xFF", Kind::kUtf8, 0, false, "");
  ExpectFault("[\"\xED\xA0\x80\"]", Kind::kUtf8, 2, true, "[ ~ \" ~ ");
}

bool HasBackslashOutside(const JsonTokens& tokens) {
  for (std::size_t i = 0; i < tokens.count(); ++i) {
    if (tokens[i].front() != '"' && tokens[i].find('\\') != std::string_view::npos) return true;
  }
  return false;
}

// Both scans on texts that are nearly JSON, long enough for many blocks of 64 bytes: the same
// tokens where both find no fault.
TEST(JsonTokens, AreTheSameFoundSlowly) {
  constexpr std::string_view kPieces[] = {"{",    "}",    "[", "]",  ":",  ",",    "\"",     "\"",
                                          "\\\"", "\\\\", " ", "\n", "12", "true", "\u00e9", "a"};
  Rng rng(7);
  int whole = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    const std::uint64_t pieces = 1 + rng.Next() % 120;
    for (std::uint64_t i = 0; i < pieces; ++i) text += kPieces[rng.Next() % std::size(kPieces)];
    JsonTokens quick;
    JsonTokens slow;
    const bool quick_fault = quick.Find(text).has_value();
    const bool slow_fault = slow.FindSlowly(text).has_value();
    // A backslash outside strings and a string right behind a run divide differently: no JSON.
    if (HasBackslashOutside(slow)) continue;
    ASSERT_EQ(quick_fault, slow_fault) << text;
    if (quick_fault || quick.count() != slow.count()) continue;
    ASSERT_EQ(Listed(quick), Listed(slow)) << text;
    ++whole;
  }
  EXPECT_GT(whole, 500);
}

TEST(JsonTokens, ReadNoByteBehindTheText) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* const pages = mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                           /*fd=*/-1, 0);
  ASSERT_NE(pages, MAP_FAILED);
  char* const end = static_cast<char*>(pages) + page;
  ASSERT_EQ(mprotect(end, page, PROT_NONE), 0);
  for (const std::string_view piece : {"[12,", "\"\u00e9\",", "\"abc", "{\"a\\n\":", "\xF0\x9F"}) {
    std::string text;
    while (text.size() < 300) text += piece;
    for (std::size_t size = 0; size < 300; ++size) {
      std::memcpy(end - size, text.data(), size);
      JsonTokens tokens;
      tokens.Find({end - size, size});
      for (std::size_t i = 0; i < tokens.count(); ++i) ASSERT_LE(tokens[i].size(), size);
    }
  }
  munmap(pages, 2 * page);
}

}  // namespace
}  // namespace shoal
