#include "engine/int8_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <vector>

namespace shoal {
namespace {

using testing::ElementsAre;

TEST(Int8Weights, RotateBy128OrTheLargestPowerOfTwoThatDivides) {
  EXPECT_EQ(RotationBlock(384), 128u);
  EXPECT_EQ(RotationBlock(1536), 128u);
  EXPECT_EQ(RotationBlock(64), 64u);
  EXPECT_EQ(RotationBlock(96), 32u);
  EXPECT_EQ(RotationBlock(48), 16u);
}

TEST(Int8Weights, MultiplyByAMatrixOfSignsThatIsItsOwnInverse) {
  constexpr std::size_t kSize = 32, kStride = 3;
  std::vector<double> values(kSize * kStride, 0.5);
  for (std::size_t i = 0; i < kSize; ++i) values[i * kStride] = static_cast<double>(i * i);
  const std::vector<double> before = values;
  MultiplyByHadamard(values.data(), kSize, kStride);
  for (std::size_t i = 0; i < kSize; ++i) {
    double expected = 0;
    for (std::size_t j = 0; j < kSize; ++j) {
      expected += (std::popcount(i & j) % 2 == 0 ? 1 : -1) * before[j * kStride];
    }
    EXPECT_EQ(values[i * kStride], expected);
  }
  MultiplyByHadamard(values.data(), kSize, kStride);
  for (std::size_t i = 0; i < kSize; ++i) values[i * kStride] /= kSize;
  EXPECT_EQ(values, before);  // whole numbers: exact; what lies between was not touched
}

TEST(Int8Weights, RoundAChannelToTheNearestOf255StepsTiesToEven) {
  std::vector<std::int8_t> q(6);
  const std::vector<double> w = {-127.0, 0.5, 1.5, -2.5, 126.4, 2.51};
  EXPECT_EQ(QuantizeChannel(w, q), 1.0f);
  EXPECT_THAT(q, ElementsAre(-127, 0, 2, -2, 126, 3));
}

TEST(Int8Weights, KeepAChannelOfZerosZeroAndItsScaleFinite) {
  std::vector<std::int8_t> q(2, 9);
  const float scale = QuantizeChannel(std::vector<double>{0.0, -0.0}, q);
  EXPECT_THAT(q, ElementsAre(0, 0));
  EXPECT_GT(scale, 0.0f);
  EXPECT_LT(scale, 1e-12f);
}

}  // namespace
}  // namespace shoal
