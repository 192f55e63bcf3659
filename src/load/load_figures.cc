#include "load/load_figures.h"

#include <algorithm>
#include <cmath>

#include "load/figure_text.h"

namespace shoal {

LoadFigures FiguresOf(const LoadReport& report) {
  return {.offered = report.offered,
          .late_starts = report.late_starts,
          .ok = report.ok,
          .good = report.good,
          .wrong_vectors = report.wrong_vectors,
          .late = report.late,
          .refused = report.refused,
          .failed = report.failed,
          .cancelled = report.cancelled,
          .goodput_per_second = report.goodput_per_second,
          .texts_per_second = report.texts_per_second,
          .tokens_per_second = report.tokens_per_second,
          .latency = report.latency,
          .service = report.service,
          .refusal = report.refusal,
          .valid = report.valid};
}

const Figure* FindFigure(std::string_view name) {
  const auto found = std::ranges::find(kFigures, name, &Figure::name);
  return found == kFigures.end() ? nullptr : &*found;
}

std::string FigureNames() {
  std::string names;
  for (const Figure& figure : kFigures) names.append(names.empty() ? "" : ", ").append(figure.name);
  return names;
}

bool HasFigure(const Figure& figure, const LoadFigures& figures) {
  if (std::isnan(figure.of(figures))) return false;
  switch (figure.kind) {
    case FigureKind::kTime:
      // Whom nobody refused has no times of refusals to be afraid of.
      return figures.ok > 0 || figure.name.starts_with("refusal_");
    case FigureKind::kCount:
      return Judged(figures) > 0;
    case FigureKind::kRate:
      return true;
  }
  CHECK(false, "a figure has a kind");
}

double ShareOrValue(const Figure& figure, const LoadFigures& figures) {
  const double value = figure.of(figures);
  if (figure.kind != FigureKind::kCount) return value;
  return value / std::max(static_cast<double>(Judged(figures)), 1.0);
}

std::string FigureText(const Figure& figure, double value) {
  switch (figure.kind) {
    case FigureKind::kTime:
      return TimeText(value);
    case FigureKind::kCount:
      return ShareText(value);
    case FigureKind::kRate:
      return ThreeDigits(value);
  }
  CHECK(false, "a figure has a kind");
}

}  // namespace shoal
