#include "api/tokenizer_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::HasSubstr;

TEST(ReadVocabulary, NumbersLinesFromZeroWhateverEndsThem) {
  for (const char* lines : {"a\nb\n", "a\nb", "a\r\nb\r\n"}) {
    const auto vocabulary = ReadVocabulary(lines).value();
    EXPECT_EQ(vocabulary, (std::vector<VocabularyToken>{{"a", 0}, {"b", 1}})) << lines;
  }
}

TEST(ReadVocabulary, RefusesABadVocabularyNamingWhatItFound) {
  const auto refusal = [](std::string_view lines) {
    return ReadVocabulary(lines).status().message();
  };
  EXPECT_THAT(refusal(""), HasSubstr("empty"));
  EXPECT_THAT(refusal("a\nb\na\n"), HasSubstr("\"a\" is on line 1 and on line 3"));
  EXPECT_THAT(refusal(std::string(16'000'001, 'a')), HasSubstr("is 16000001 bytes"));
}

TEST(BertTokenizerSpec, AddsTheSpecialTokensThatTheVocabularyHas) {
  const TokenizerSpec spec = BertTokenizerSpec({{"a", 0}, {"[MASK]", 1}}, false);
  EXPECT_EQ(spec.added, (std::vector<AddedToken>{{.content = "[MASK]", .id = 1, .special = true}}));
  EXPECT_FALSE(spec.lower_case);
  EXPECT_FALSE(spec.strip_accents);
}

}  // namespace
}  // namespace shoal
