#include "load/load_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(LoadFigures, AreThoseOfTheReport) {
  const LoadFigures figures = FiguresOf({.offered = 10,
                                         .sent = 10,
                                         .ok = 6,
                                         .good = 4,
                                         .wrong_vectors = 1,
                                         .late = 1,
                                         .refused = 2,
                                         .failed = 1,
                                         .cancelled = 1});
  EXPECT_EQ(figures.ok, 6u);
  EXPECT_EQ(figures.refused, 2u);
  EXPECT_EQ(figures.failed, 1u);
  EXPECT_EQ(Judged(figures), 9u);
  EXPECT_EQ(FindFigure("late")->of(figures), 1);
  EXPECT_EQ(FindFigure("errors")->of(figures), 4);
}

TEST(LoadFigures, AreFoundByTheirNamesAlone) {
  for (const Figure& figure : kFigures) EXPECT_EQ(FindFigure(figure.name), &figure);
  EXPECT_EQ(FindFigure("p"), nullptr);
  EXPECT_EQ(FindFigure(""), nullptr);
}

TEST(LoadFigures, AreReadInThreeDigits) {
  EXPECT_EQ(SecondsText(0.128), "128 ms");
  EXPECT_EQ(SecondsText(0.0384), "38.4 ms");
  EXPECT_EQ(SecondsText(0.00042), "0.42 ms");
  EXPECT_EQ(SecondsText(1.234), "1.23 s");
  EXPECT_EQ(SecondsText(0.9999), "1.00 s");
  EXPECT_EQ(SecondsText(0), "0 ms");
  EXPECT_EQ(ThreeDigits(12345.6), "12346");
}

TEST(LoadFigures, NearTheWholeSharesHaveMoreDigits) {
  EXPECT_EQ(ShareText(1), "100 %");
  EXPECT_EQ(ShareText(0.9998), "99.98 %");
  EXPECT_EQ(ShareText(0.99995), "99.995 %");
  EXPECT_EQ(ShareText(0.5), "50.0 %");
  EXPECT_EQ(ShareText(0.0012), "0.12 %");
  EXPECT_EQ(ShareText(0), "0 %");
}

}  // namespace
}  // namespace shoal
