#include "load/request_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using testing::ElementsAre;

TEST(RequestSource, DealsOutTheTextsOfAFileRoundAndRound) {
  const RequestLaws laws{.texts_per_request = 2, .input = {"a", "b", "c"}};
  RequestSource source(laws, {});
  EXPECT_THAT(source.Next().texts, ElementsAre("a", "b"));
  EXPECT_THAT(source.Next().texts, ElementsAre("c", "a"));
  EXPECT_THAT(source.Next().texts, ElementsAre("b", "c"));
}

TEST(RequestSource, OfPartsIsThatOfTheWhole) {
  RequestLaws laws{.texts_per_request = *SizeLaw::Parse("uniform:1-5", 1, 10),
                   .input = {"a", "b", "c", "d", "e", "f", "g"},
                   .validate_ratio = 0.2,
                   .cancel_ratio = 0.2,
                   .seed = 3};
  laws.known = std::make_shared<const std::vector<KnownVector>>(
      std::vector<KnownVector>{{.text = "known", .vector = {1}}});
  RequestSource whole(laws, {});
  RequestSource parts[] = {{laws, {0, 3}}, {laws, {1, 3}}, {laws, {2, 3}}};
  for (int i = 0; i < 100; ++i) {
    const LoadRequest one = whole.Next(), other = parts[i % 3].Next();
    EXPECT_EQ(one.texts, other.texts) << i;
    EXPECT_EQ(one.cancel_after, other.cancel_after) << i;
  }
}

TEST(RequestSource, DrawsSizesAndWhatIsGivenUpByTheirShares) {
  const RequestLaws laws{.texts_per_request = *SizeLaw::Parse("choice:1=0.9,32=0.1", 1, 100),
                         .text_tokens = 4,
                         .cancel_ratio = 0.25};
  RequestSource source(laws, {});
  int large = 0, given_up = 0;
  double after = 0;
  for (int i = 0; i < 10'000; ++i) {
    const LoadRequest request = source.Next();
    large += request.texts.size() == 32;
    given_up += request.cancel_after.has_value();
    after += request.cancel_after.value_or(0);
  }
  EXPECT_NEAR(large, 1'000, 100);
  EXPECT_NEAR(given_up, 2'500, 150);
  EXPECT_NEAR(after / given_up, 0.5, 0.03);
}

TEST(RequestSource, SendsKnownTextsInTheShareThatIsAskedFor) {
  RequestLaws laws{.texts_per_request = 2, .text_tokens = 4, .validate_ratio = 0.1};
  laws.known = std::make_shared<const std::vector<KnownVector>>(
      std::vector<KnownVector>{{.text = "x", .vector = {1}}, {.text = "y", .vector = {1}}});
  RequestSource source(laws, {});
  int known = 0;
  for (int i = 0; i < 10'000; ++i) {
    const LoadRequest request = source.Next();
    if (request.known.empty()) continue;
    ++known;
    ASSERT_EQ(request.known.size(), 2u);
    EXPECT_EQ(request.texts[0], request.known[0]->text);
  }
  EXPECT_NEAR(known, 1'000, 100);
}

TEST(RequestSource, OfOneSeedIsTheSame) {
  const RequestLaws laws{.seed = 5}, others{.seed = 6};
  RequestSource a(laws, {}), b(laws, {}), c(others, {});
  EXPECT_EQ(a.Next().texts, b.Next().texts);
  EXPECT_NE(a.Next().texts, c.Next().texts);
}

}  // namespace
}  // namespace shoal
