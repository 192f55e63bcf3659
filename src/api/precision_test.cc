#include "api/precision.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(Precision, NamesReadBack) {
  for (const Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kInt8}) {
    EXPECT_EQ(ParsePrecision(Name(precision)), precision);
  }
  EXPECT_EQ(ParsePrecision("fp16"), std::nullopt);
}

}  // namespace
}  // namespace shoal
