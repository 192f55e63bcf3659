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

}  // namespace
}  // namespace shoal
