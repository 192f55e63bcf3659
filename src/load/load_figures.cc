#include "load/load_figures.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace shoal {
namespace {

std::string Fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

}  // namespace

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

std::string ThreeDigits(double value) {
  const double size = std::abs(value);
  if (size >= 99.95) return Fixed(value, 0);
  return Fixed(value, size >= 9.995 ? 1 : size >= 0.0995 || size == 0 ? 2 : 3);
}

std::string SecondsText(double seconds) {
  if (seconds == 0) return "0 ms";
  return std::abs(seconds) < 0.9995 ? ThreeDigits(seconds * 1e3) + " ms"
                                    : ThreeDigits(seconds) + " s";
}

std::string ShareText(double share) {
  // Near the whole the last digits are what counts: 99.98 % is not 100 %.
  const double percent = share * 100;
  const double rest = std::abs(100 - percent);
  if (percent == 0 || rest == 0) return Fixed(percent, 0) + " %";
  return (rest < 10 ? Fixed(percent, rest < 0.0095 ? 3 : 2) : ThreeDigits(percent)) + " %";
}

std::string FigureText(const Figure& figure, double value) {
  switch (figure.kind) {
    case FigureKind::kTime:
      return SecondsText(value);
    case FigureKind::kCount:
      return ShareText(value);
    case FigureKind::kRate:
      return ThreeDigits(value);
  }
  CHECK(false, "a figure has a kind");
}

}  // namespace shoal
