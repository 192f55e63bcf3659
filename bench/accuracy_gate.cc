#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "bench/gates.h"

namespace shoal {
namespace {

struct Closeness {
  double least = 1;    // cosine
  double p1 = 1;       // cosine; one of a hundred is below it
  double mean = 0;     // cosine
  double largest = 0;  // difference of one component
};

Closeness Compare(std::span<const float> expected, std::span<const float> found, std::size_t dim) {
  Closeness closeness;
  const std::size_t count = expected.size() / dim;
  std::vector<double> cosines;
  for (std::size_t row = 0; row < count; ++row) {
    double dot = 0, a = 0, b = 0;
    for (std::size_t i = row * dim; i < (row + 1) * dim; ++i) {
      const double x = expected[i], y = found[i];
      dot += x * y;
      a += x * x;
      b += y * y;
      closeness.largest = std::max(closeness.largest, std::abs(x - y));
    }
    const double cosine = dot / std::sqrt(a * b);
    cosines.push_back(cosine);
    closeness.mean += cosine / static_cast<double>(count);
  }
  std::ranges::sort(cosines);
  closeness.least = cosines.front();
  closeness.p1 = cosines[count / 100];
  return closeness;
}

void JudgeFp32(const Context& context, const Variant& variant, GateReport& report) {
  const Closeness found =
      Compare(context.golden_vectors, EncodeAll(variant, context.golden), context.dim());
  const std::string of = std::to_string(context.golden.size()) + " golden texts";
  GateRow cosine = RowOf(variant, "least cosine to the reference");
  cosine.measured = Fixed(found.least, 8);
  cosine.bar = ">= 0.999999";
  cosine.verdict = AtLeast(found.least, 0.999999);
  cosine.note = of + ", mean " + Fixed(found.mean, 8);
  cosine.figures = {{"min", found.least}, {"mean", found.mean}};
  report.rows.push_back(cosine);
  GateRow largest = RowOf(variant, "largest difference to the reference");
  largest.measured = Fixed(found.largest * 1e6, 3, "e-6");
  largest.bar = "<= 2e-6";
  largest.verdict = found.largest <= 2e-6 ? GateVerdict::kPass : GateVerdict::kShort;
  largest.note = of;
  largest.figures = {{"max_abs", found.largest}};
  report.rows.push_back(largest);
}

void JudgeBf16(const Context& context, const Variant& variant, GateReport& report) {
  const Closeness found =
      Compare(context.golden_vectors, EncodeAll(variant, context.golden), context.dim());
  GateRow row = RowOf(variant, "least cosine to the reference");
  row.measured = Fixed(found.least, 6);
  row.bar = ">= 0.9999";
  row.verdict = AtLeast(found.least, 0.9999);
  row.note = std::to_string(context.golden.size()) + " golden texts, mean " + Fixed(found.mean, 6);
  row.figures = {{"min", found.least}, {"mean", found.mean}};
  report.rows.push_back(row);
}

// For every row, the rows of the ten largest cosines to it, itself left out. Vectors of length 1.
std::vector<std::array<std::uint32_t, 10>> Neighbours(std::span<const float> vectors,
                                                      std::size_t dim) {
  const std::size_t count = vectors.size() / dim;
  std::vector<std::array<std::uint32_t, 10>> nearest(count);
  std::vector<float> cosine(count);
  std::vector<std::uint32_t> order(count);
  for (std::size_t row = 0; row < count; ++row) {
    const float* a = vectors.data() + row * dim;
    for (std::size_t other = 0; other < count; ++other) {
      const float* b = vectors.data() + other * dim;
      float part[8] = {};
      for (std::size_t i = 0; i < dim; i += 8) {
        for (std::size_t j = 0; j < 8; ++j) part[j] += a[i + j] * b[i + j];
      }
      cosine[other] = std::accumulate(part, part + 8, 0.0f);
    }
    cosine[row] = -2;
    std::iota(order.begin(), order.end(), 0u);
    std::partial_sort(order.begin(), order.begin() + 10, order.end(),
                      [&](std::uint32_t x, std::uint32_t y) { return cosine[x] > cosine[y]; });
    std::copy_n(order.begin(), 10, nearest[row].begin());
  }
  return nearest;
}

// The mean share of the ten nearest that are the same.
double NeighboursKept(std::span<const float> expected, std::span<const float> found,
                      std::size_t dim) {
  const auto before = Neighbours(expected, dim);
  const auto after = Neighbours(found, dim);
  double kept = 0;
  for (std::size_t row = 0; row < before.size(); ++row) {
    for (const std::uint32_t one : before[row]) {
      kept += static_cast<double>(std::count(after[row].begin(), after[row].end(), one));
    }
  }
  return kept / (10.0 * static_cast<double>(before.size()));
}

// Least values of a precision that rounds, over many ordinary texts.
struct AccuracyBars {
  double mean;
  double least;
  double kept;
};

// Against fp32 under the same table, which is as the reference to a millionth.
void JudgeAgainstFp32(const Context& context, const Variant& variant, const AccuracyBars& bars,
                      GateReport& report) {
  const auto fp32 =
      std::find_if(context.variants.begin(), context.variants.end(), [&](const Variant& other) {
        return other.table == variant.table && other.precision == Precision::kFp32;
      });
  CHECK(fp32 != context.variants.end(), "every table has fp32");
  const std::vector<float> expected = EncodeAll(*fp32, context.ordinary);
  const std::vector<float> found = EncodeAll(variant, context.ordinary);
  const Closeness closeness = Compare(expected, found, context.dim());
  const double kept = NeighboursKept(expected, found, context.dim());
  const auto add = [&](const std::string& gate, double value, double bar, int digits) {
    GateRow row = RowOf(variant, gate);
    row.measured = Fixed(value, digits);
    row.bar = ">= " + Fixed(bar, digits - 1);
    row.verdict = AtLeast(value, bar);
    row.note = std::to_string(context.ordinary.size()) + " ordinary texts, " +
               std::to_string(TokensOf(context.ordinary)) + " tokens, against fp32; cosine p1 " +
               Fixed(closeness.p1, 5) + ", max-abs " + Fixed(closeness.largest * 1e3, 2, "e-3");
    row.figures = {{"value", value}};
    report.rows.push_back(row);
  };
  add("mean cosine", closeness.mean, bars.mean, 5);
  add("least cosine", closeness.least, bars.least, 5);
  add("ten nearest neighbours kept", kept, bars.kept, 3);
}

}  // namespace

void AccuracyGate(const Context& context, GateReport& report) {
  for (const Variant& variant : context.variants) {
    if (!variant.is_fast) {
      report.not_run.push_back(variant.table_name() + " " + variant.precision_name() +
                               ": accuracy, for which it is too slow; its bytes are compared");
      continue;
    }
    switch (variant.precision) {
      case Precision::kFp32:
        JudgeFp32(context, variant, report);
        break;
      case Precision::kBf16:
        JudgeBf16(context, variant, report);
        JudgeAgainstFp32(context, variant, {.mean = 0.9999, .least = 0.9999, .kept = 0.97}, report);
        break;
      case Precision::kInt8:
        JudgeAgainstFp32(context, variant, {.mean = 0.9995, .least = 0.997, .kept = 0.97}, report);
        break;
    }
  }
}

}  // namespace shoal
