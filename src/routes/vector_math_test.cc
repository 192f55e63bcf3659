#include "routes/vector_math.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::FloatEq;
using testing::IsEmpty;

std::string Bytes(const std::vector<float>& floats) {
  std::string bytes(floats.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), floats.data(), bytes.size());
  return bytes;
}

std::vector<float> UnitLength(const std::vector<float>& floats, int dim) {
  std::string vectors = Bytes(floats);
  MakeUnitLength(vectors, dim);
  return FloatsOf(vectors);
}

TEST(MakeUnitLength, GivesEachVectorTheLengthOne) {
  EXPECT_THAT(UnitLength({3, 4, 0, -2}, 2), ElementsAre(0.6f, 0.8f, 0.0f, -1.0f));
  EXPECT_THAT(UnitLength({5}, 1), ElementsAre(1.0f));
  EXPECT_THAT(UnitLength({}, 2), IsEmpty());
}

TEST(MakeUnitLength, LeavesZerosAndUnitVectors) {
  EXPECT_THAT(UnitLength({0, 0}, 2), ElementsAre(0.0f, 0.0f));
  EXPECT_THAT(UnitLength({0, 1}, 2), ElementsAre(0.0f, 1.0f));
}

TEST(MakeUnitLength, KeepsItsDigitsAtTheEndsOfTheRange) {
  const float large = std::numeric_limits<float>::max();
  const float small = std::numeric_limits<float>::denorm_min();
  const float half = std::sqrt(0.5f);
  EXPECT_THAT(UnitLength({large, large, small, small}, 2),
              ElementsAre(FloatEq(half), FloatEq(half), FloatEq(half), FloatEq(half)));
}

TEST(CosinesToLast, ComparesAllWithTheLast) {
  EXPECT_THAT(CosinesToLast(Bytes({2, 0, 0, 3, -1, 0, 1, 1, 5, 0}), 2),
              ElementsAre(1.0f, 0.0f, -1.0f, FloatEq(std::sqrt(0.5f))));
  EXPECT_THAT(CosinesToLast(Bytes({1, 2}), 2), IsEmpty());
}

TEST(CosinesToLast, AVectorOfZerosIsLikeNone) {
  EXPECT_THAT(CosinesToLast(Bytes({0, 0, 1, 0}), 2), ElementsAre(0.0f));
  EXPECT_THAT(CosinesToLast(Bytes({1, 0, 0, 0}), 2), ElementsAre(0.0f));
}

TEST(CosinesOfAll, ComparesEachWithEach) {
  EXPECT_THAT(CosinesOfAll(Bytes({2, 0, 0, 3, -1, 0}), 2),
              ElementsAre(ElementsAre(1.0f, 0.0f, -1.0f), ElementsAre(0.0f, 1.0f, 0.0f),
                          ElementsAre(-1.0f, 0.0f, 1.0f)));
  EXPECT_THAT(CosinesOfAll(Bytes({0, 0}), 2), ElementsAre(ElementsAre(0.0f)));
  EXPECT_THAT(CosinesOfAll("", 2), IsEmpty());
}

}  // namespace
}  // namespace shoal
