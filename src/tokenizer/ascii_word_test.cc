#include "tokenizer/ascii_word.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace shoal {
namespace {

// Size and bytes of what is read at the start of `text`, which is followed by dots.
std::pair<std::size_t, std::string> Read(const std::string& text, bool lower_case = true) {
  WordBlock word;
  const std::size_t size = ReadAsciiWord((text + "................").c_str(), lower_case, &word);
  std::string bytes(sizeof word, '\0');
  std::memcpy(bytes.data(), &word, sizeof word);
  return {size, bytes.substr(0, bytes.find_last_not_of('\0') + 1)};
}

std::pair<std::size_t, std::string> Word(const std::string& word) { return {word.size(), word}; }

TEST(AsciiWord, EndsBeforeTheFirstOtherCharacter) {
  EXPECT_EQ(Read(""), Word(""));
  EXPECT_EQ(Read("a"), Word("a"));
  EXPECT_EQ(Read("don't"), Word("don"));
  EXPECT_EQ(Read("seven77 x"), Word("seven77"));
  EXPECT_EQ(Read("eight888 x"), Word("eight888"));
  EXPECT_EQ(Read("nine99999 x"), Word("nine99999"));
  EXPECT_EQ(Read("fifteen89012345 x"), Word("fifteen89012345"));
  EXPECT_EQ(Read("caf\xC3\xA9"), Word("caf"));
}

TEST(AsciiWord, ReadsSixteenBytesOfALongerWord) {
  EXPECT_EQ(Read("sixteen890123456"), Word("sixteen890123456"));
  EXPECT_EQ(Read("seventeen01234567"), Word("seventeen0123456"));
}

TEST(AsciiWord, IsInLowerCaseOnlyWhenAsked) {
  EXPECT_EQ(Read("AZaz09AZaz09"), Word("azaz09azaz09"));
  EXPECT_EQ(Read("AZaz09AZaz09", false), Word("AZaz09AZaz09"));
}

TEST(AsciiWord, TellsEveryByteAtEveryPlace) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool is_part = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                         (byte >= 'a' && byte <= 'z');
    for (std::size_t place = 0; place < 16; ++place) {
      std::string text = "0aZz9A0aZz9A0aZz";
      text[place] = static_cast<char>(byte);
      EXPECT_EQ(Read(text, false), Word(text.substr(0, is_part ? 16 : place)))
          << "byte " << byte << " at " << place;
    }
  }
}

}  // namespace
}  // namespace shoal
