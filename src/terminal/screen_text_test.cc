#include "terminal/screen_text.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(ScreenText, NoNameCanSteerTheTerminal) {
  struct Case {
    std::string_view text;
    const char* printable;
  };
  for (const Case& c :
       {Case{"vm-0", "vm-0"}, Case{"größe 東京", "größe 東京"}, Case{"\x1b[2Jx", "\\x1b[2Jx"},
        Case{"a\r\nb\t", "a\\x0d\\x0ab\\x09"}, Case{std::string_view("a\0b", 3), "a\\x00b"},
        Case{"\x7f", "\\x7f"}, Case{"\xc2\x9b", "\\u009b"}, Case{"a\u202eb", "a\\u202eb"},
        Case{"a\u200bb", "a\\u200bb"}, Case{"\xff\xc3", "\\xff\\xc3"},
        Case{"\U000E0041", "\\u{e0041}"}, Case{"\uFFFD", "\uFFFD"}}) {
    EXPECT_EQ(Printable(c.text), c.printable);
  }
  EXPECT_EQ(Printable("größe", CharacterSet::kAscii), "gr\\u00f6\\u00dfe");
}

TEST(ScreenText, WideCharactersTakeTwoCellsAndMarksNone) {
  EXPECT_EQ(CellsOf("vm-0"), 4);
  EXPECT_EQ(CellsOf("größe"), 5);
  EXPECT_EQ(CellsOf("東京"), 4);
  EXPECT_EQ(CellsOf("e\u0301"), 1);
  EXPECT_EQ(CellsOf("🐟"), 2);
  EXPECT_EQ(CellsOf("▁▂█…"), 4);
}

TEST(ScreenText, WhatIsCutFitsAndSaysSo) {
  EXPECT_EQ(Clipped("worker", 6), "worker");
  EXPECT_EQ(Clipped("worker", 5), "work…");
  EXPECT_EQ(Clipped("worker", 5, CharacterSet::kAscii), "work~");
  EXPECT_EQ(Clipped("東京都", 4), "東…");  // half of a character is none
  EXPECT_EQ(Clipped("worker", 0), "");
  EXPECT_EQ(LeftIn("東京都", 4), "東… ");
  EXPECT_EQ(LeftIn("ab", 4), "ab  ");
  EXPECT_EQ(RightIn("ab", 4), "  ab");
  EXPECT_EQ(RightIn("abcdef", 4), "abc…");
}

TEST(ScreenText, TheFirstVariableThatSaysSomethingCounts) {
  EXPECT_EQ(CharacterSetFor(nullptr, nullptr, nullptr), CharacterSet::kUtf8);
  EXPECT_EQ(CharacterSetFor("", nullptr, "C"), CharacterSet::kAscii);
  EXPECT_EQ(CharacterSetFor("C.UTF-8", "C", "C"), CharacterSet::kUtf8);
  EXPECT_EQ(CharacterSetFor("POSIX", nullptr, "de_DE.utf8"), CharacterSet::kAscii);
  EXPECT_EQ(CharacterSetFor(nullptr, "de_DE.utf8", "C"), CharacterSet::kUtf8);
}

}  // namespace
}  // namespace shoal
