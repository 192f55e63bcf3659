#include "load/threshold.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include "load/figure_text.h"

namespace shoal {
namespace {

using Order = Threshold::Order;
using Measure = Threshold::Measure;

constexpr std::chrono::seconds kJudgedFrom{2};

struct Operator {
  std::string_view text;
  Order order;
};
// The longer ones first.
constexpr std::array kOperators = {Operator{">=", Order::kAtLeast}, Operator{"<=", Order::kAtMost},
                                   Operator{">", Order::kOver}, Operator{"<", Order::kUnder}};

// Divided by, so that 50ms is the same double as 50 ms that were measured.
struct Unit {
  std::string_view text;
  double in_a_second;
};
constexpr std::array kTimeUnits = {Unit{"us", 1e6}, Unit{"ms", 1e3}, Unit{"s", 1},
                                   Unit{"m", 1.0 / 60}};

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string AcceptedValue(FigureKind kind) {
  switch (kind) {
    case FigureKind::kTime:
      return "a time with its unit (200us, 50ms, 1.5s, 2m)";
    case FigureKind::kCount:
      return "a number or a share (3, 0.1%)";
    case FigureKind::kRate:
      return "a number (1000)";
  }
  CHECK(false, "a figure has a kind");
}

// "1.5ms" as 1.5 and "ms"; nothing where no number of digits and one point begins it.
struct Quantity {
  double number;
  std::string_view unit;
};
std::optional<Quantity> QuantityOf(std::string_view text) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc()) return std::nullopt;
  return Quantity{number, Trimmed(text.substr(static_cast<std::size_t>(end - text.data())))};
}

// The bound in the figure's own unit; nothing: not a unit of its kind.
std::optional<double> InOwnUnit(const Quantity& quantity, FigureKind kind) {
  if (kind != FigureKind::kTime) {
    return quantity.unit.empty() ? std::optional(quantity.number) : std::nullopt;
  }
  for (const Unit& unit : kTimeUnits) {
    if (quantity.unit == unit.text) return quantity.number / unit.in_a_second;
  }
  return std::nullopt;
}

// `value` behind the operator of `threshold`. False: it is none.
bool ReadBound(std::string_view value, Threshold& threshold) {
  const bool of_change = value.starts_with('+') || value.starts_with('-');
  const double sign = value.starts_with('-') ? -1 : 1;
  const std::optional<Quantity> quantity = QuantityOf(of_change ? value.substr(1) : value);
  if (!quantity) return false;
  const FigureKind kind = threshold.figure->kind;
  if (quantity->unit == "%" && (of_change || kind == FigureKind::kCount)) {
    threshold.measure = of_change ? Measure::kRelativeChange : Measure::kShare;
    threshold.bound = sign * quantity->number / 100;
    return true;
  }
  const std::optional<double> bound = InOwnUnit(*quantity, kind);
  if (!bound) return false;
  threshold.measure = of_change ? Measure::kChange : Measure::kValue;
  threshold.bound = sign * *bound;
  return true;
}

std::string ValueText(const Threshold& threshold, double value) {
  if (threshold.measure == Measure::kShare) return ShareText(value);
  if (threshold.figure->kind == FigureKind::kTime) return TimeText(value);
  if (threshold.figure->kind == FigureKind::kCount) return std::to_string(std::llround(value));
  return ThreeDigits(value);
}

// The bound as somebody would write it: "50 ms", "99.9 %", "1000".
std::string BoundText(const Threshold& threshold) {
  const bool is_share = threshold.measure == Measure::kShare;
  if (threshold.figure->kind == FigureKind::kTime) return ChosenTimeText(threshold.bound);
  char text[64];
  std::snprintf(text, sizeof text, "%.10g%s", threshold.bound * (is_share ? 100 : 1),
                is_share ? " %" : "");
  return text;
}

// "over it by 78.0 ms"; of shares in percentage points.
std::string DistanceText(const Threshold& threshold, double value) {
  const double distance = value - threshold.bound;
  const std::string size = threshold.measure == Measure::kShare
                               ? ThreeDigits(std::abs(distance) * 100) + " points"
                               : ValueText(threshold, std::abs(distance));
  return distance == 0 ? "just that" : (distance > 0 ? "over it by " : "under it by ") + size;
}

std::optional<std::string> BreachOf(const Threshold& threshold, const LoadFigures& figures) {
  const Judgement judgement = Judge(threshold, figures);
  if (!judgement.met) return std::nullopt;
  if (!judgement.measured) {
    return threshold.text + ": no request was answered OK, so there is no " +
           std::string(threshold.figure->name);
  }
  return threshold.text + ": found " + judgement.value_text + ", " +
         DistanceText(threshold, judgement.value);
}

// Met by a number that only grows, with the requests.
bool AwaitsTheEnd(const Threshold& threshold) {
  const bool from_below = threshold.order == Order::kUnder || threshold.order == Order::kAtMost;
  return from_below && threshold.figure->kind == FigureKind::kCount &&
         threshold.measure == Measure::kValue;
}

std::uint64_t AnswersFor(const Threshold& threshold, const LoadFigures& figures) {
  if (threshold.figure->kind != FigureKind::kTime) return figures.offered;
  return threshold.figure->name.starts_with("refusal_") ? figures.refused : figures.ok;
}

std::uint64_t Enough(const Threshold& threshold) {
  // A number of requests is what it is.
  const bool is_number =
      threshold.figure->kind == FigureKind::kCount && threshold.measure == Measure::kValue;
  return is_number ? 1 : threshold.figure->enough;
}

}  // namespace

Result<Threshold> ParseThreshold(std::string_view text) {
  const std::size_t at = text.find_first_of("<>");
  if (at == text.npos) {
    return InvalidArgumentError("found " + Quoted(text) +
                                ", accepted NAME>VALUE or NAME<VALUE (also >= and <=), as "
                                "\"p99>50ms\" or \"goodput<95%\"");
  }
  const std::string_view name = Trimmed(text.substr(0, at));
  Threshold threshold{.text = std::string(text), .figure = FindFigure(name)};
  if (threshold.figure == nullptr) {
    return InvalidArgumentError("found the figure " + Quoted(name) + " in " + Quoted(text) +
                                ", accepted " + FigureNames());
  }
  std::string_view value = text.substr(at);
  for (const Operator& candidate : kOperators) {
    if (!value.starts_with(candidate.text)) continue;
    threshold.order = candidate.order;
    value = Trimmed(value.substr(candidate.text.size()));
    break;
  }
  if (!ReadBound(value, threshold)) {
    return InvalidArgumentError("found " + Quoted(value) + " in " + Quoted(text) + ", accepted " +
                                AcceptedValue(threshold.figure->kind) +
                                "; of `load compare` also a change (+10%)");
  }
  return threshold;
}

bool IsMet(const Threshold& threshold, double value) {
  switch (threshold.order) {
    case Order::kOver:
      return value > threshold.bound;
    case Order::kAtLeast:
      return value >= threshold.bound;
    case Order::kUnder:
      return value < threshold.bound;
    case Order::kAtMost:
      return value <= threshold.bound;
  }
  CHECK(false, "a threshold has an order");
}

Judgement Judge(const Threshold& threshold, const LoadFigures& figures) {
  CHECK(!threshold.of_change(), "a change is one between two runs");
  const Figure& figure = *threshold.figure;
  if (!HasFigure(figure, figures)) return {.met = true, .measured = false};
  const double value =
      threshold.measure == Measure::kShare ? ShareOrValue(figure, figures) : figure.of(figures);
  return {.met = IsMet(threshold, value),
          .value = value,
          .value_text = ValueText(threshold, value),
          .bound_text = BoundText(threshold)};
}

std::vector<JudgedThreshold> JudgeAll(const std::vector<Threshold>& thresholds,
                                      const LoadFigures& figures) {
  std::vector<JudgedThreshold> all;
  for (const Threshold& threshold : thresholds) {
    const Judgement judgement = Judge(threshold, figures);
    const double beyond =
        judgement.value == 0 && judgement.measured ? 0 : std::numeric_limits<double>::infinity();
    all.push_back(
        {.expression = threshold.text,
         .figure = std::string(threshold.figure->name),
         .fails_above = threshold.order == Order::kOver || threshold.order == Order::kAtLeast,
         .measured = judgement.value_text,
         .bound = BoundText(threshold),
         .ratio = judgement.measured && threshold.bound != 0 ? judgement.value / threshold.bound
                                                             : beyond,
         .failed = judgement.met});
  }
  return all;
}

std::vector<std::string> Breaches(const std::vector<Threshold>& thresholds,
                                  const LoadFigures& figures) {
  if (thresholds.empty()) return {};
  if (Judged(figures) == 0) return {"nothing was offered, so there is nothing to judge"};
  std::vector<std::string> breaches;
  if (!figures.valid) {
    breaches.push_back("the generator lagged: " + std::to_string(figures.late_starts) + " of " +
                       std::to_string(figures.offered) +
                       " requests started more than 10 ms late, so the run proves nothing");
  }
  for (const Threshold& threshold : thresholds) {
    if (auto breach = BreachOf(threshold, figures)) breaches.push_back(*std::move(breach));
  }
  return breaches;
}

std::optional<std::string> BreachSoFar(const std::vector<Threshold>& thresholds,
                                       const LoadFigures& figures,
                                       std::chrono::microseconds elapsed) {
  if (elapsed < kJudgedFrom) return std::nullopt;
  for (const Threshold& threshold : thresholds) {
    if (AwaitsTheEnd(threshold) || AnswersFor(threshold, figures) < Enough(threshold)) continue;
    if (!HasFigure(*threshold.figure, figures)) continue;
    if (auto breach = BreachOf(threshold, figures)) return breach;
  }
  return std::nullopt;
}

}  // namespace shoal
