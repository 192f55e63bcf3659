#include "terminal/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = Key::Kind;

Key Character(const char* text) { return {Kind::kCharacter, text}; }

std::vector<Key> All(std::string bytes) { return TakeKeys(bytes, true); }

TEST(Keys, AreCharactersAndSequences) {
  EXPECT_THAT(All("qj"), ElementsAre(Character("q"), Character("j")));
  EXPECT_THAT(
      All("\x1b[A\x1bOB\x1b[5~\x1b[6~"),
      ElementsAre(Key{Kind::kUp}, Key{Kind::kDown}, Key{Kind::kPageUp}, Key{Kind::kPageDown}));
  EXPECT_THAT(All("\r\x7f\b\x03\x0c"),
              ElementsAre(Key{Kind::kEnter}, Key{Kind::kBackspace}, Key{Kind::kBackspace},
                          Key{Kind::kInterrupt}, Key{Kind::kRedraw}));
  EXPECT_THAT(All("é東"), ElementsAre(Character("é"), Character("東")));
}

TEST(Keys, AnEscAloneIsAKeyOnlyWhenNothingFollows) {
  std::string bytes = "\x1b";
  EXPECT_THAT(TakeKeys(bytes, false), IsEmpty());
  EXPECT_EQ(bytes, "\x1b");
  EXPECT_THAT(TakeKeys(bytes, true), ElementsAre(Key{Kind::kEscape}));
  EXPECT_EQ(bytes, "");
  EXPECT_THAT(All("\x1bq"), ElementsAre(Key{Kind::kEscape}, Character("q")));
  EXPECT_THAT(All("\x1b\x1b[A"), ElementsAre(Key{Kind::kEscape}, Key{Kind::kUp}));
}

TEST(Keys, WhatComesInPiecesIsOneKey) {
  const std::vector<std::pair<std::string, Key>> whole = {{"\x1b[A", Key{Kind::kUp}},
                                                          {"\x1b[5~", Key{Kind::kPageUp}},
                                                          {"\xe6\x9d\xb1", Character("東")}};
  for (const auto& [sequence, key] : whole) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < sequence.size(); ++i) {
      bytes += sequence[i];
      EXPECT_THAT(TakeKeys(bytes, false), IsEmpty());
    }
    bytes += sequence.back();
    EXPECT_THAT(TakeKeys(bytes, false), ElementsAre(key));
    EXPECT_EQ(bytes, "");
  }
}

TEST(Keys, WhatIsNoKeyIsDropped) {
  EXPECT_THAT(All("\x1b[<0;3;4Mx"), ElementsAre(Character("x")));  // a mouse
  EXPECT_THAT(All("\x1b[1;5Ay"), ElementsAre(Character("y")));     // Ctrl-Up
  EXPECT_THAT(All("\xff\xc3x\x80"), ElementsAre(Character("x")));  // no UTF-8
  EXPECT_THAT(All("\x01\x1a"), IsEmpty());
  EXPECT_THAT(All("\x1b[" + std::string(100, '1')), IsEmpty());
  EXPECT_THAT(All("\x1b[1"), IsEmpty());
  EXPECT_THAT(All("\xe6\x9d"), IsEmpty());
}

}  // namespace
}  // namespace shoal
