// What a report of load says, as figures that have names: thresholds and comparisons go by them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "load/load_report.h"

namespace shoal {

// What figures are made of, of a run that is over, that still goes on, or that a file tells of.
struct LoadFigures {
  std::uint64_t offered = 0;
  std::uint64_t late_starts = 0;
  std::uint64_t ok = 0;
  std::uint64_t good = 0;
  std::uint64_t wrong_vectors = 0;
  std::uint64_t late = 0;       // OK, but after the deadline
  std::uint64_t refused = 0;    // by a code that says: not now
  std::uint64_t failed = 0;     // every other code
  std::uint64_t cancelled = 0;  // by the load itself
  double goodput_per_second = 0;
  double texts_per_second = 0;
  double tokens_per_second = 0;
  Percentiles latency;
  Percentiles service;
  Percentiles refusal;
  bool valid = true;
};
LoadFigures FiguresOf(const LoadReport& report);

enum class FigureKind {
  kTime,   // seconds, of answers
  kCount,  // of requests; its share is that of Judged
  kRate,   // per second
};

struct Figure {
  std::string_view name;
  FigureKind kind;
  bool less_is_better;
  // Answers before it says something of a run that goes on.
  std::uint64_t enough;
  double (*of)(const LoadFigures& figures);
};

// The requests that shares are of: offered, and not cancelled by the load itself.
inline std::uint64_t Judged(const LoadFigures& figures) {
  return figures.offered - std::min(figures.cancelled, figures.offered);
}

inline constexpr std::array kFigures = {
    Figure{"p50", FigureKind::kTime, true, 20, [](const LoadFigures& f) { return f.latency.p50; }},
    Figure{"p90", FigureKind::kTime, true, 50, [](const LoadFigures& f) { return f.latency.p90; }},
    Figure{"p95", FigureKind::kTime, true, 60, [](const LoadFigures& f) { return f.latency.p95; }},
    Figure{"p99", FigureKind::kTime, true, 100, [](const LoadFigures& f) { return f.latency.p99; }},
    Figure{"p999", FigureKind::kTime, true, 1000,
           [](const LoadFigures& f) { return f.latency.p999; }},
    Figure{"max", FigureKind::kTime, true, 1, [](const LoadFigures& f) { return f.latency.max; }},
    Figure{"service_p50", FigureKind::kTime, true, 20,
           [](const LoadFigures& f) { return f.service.p50; }},
    Figure{"service_p90", FigureKind::kTime, true, 50,
           [](const LoadFigures& f) { return f.service.p90; }},
    Figure{"service_p95", FigureKind::kTime, true, 60,
           [](const LoadFigures& f) { return f.service.p95; }},
    Figure{"service_p99", FigureKind::kTime, true, 100,
           [](const LoadFigures& f) { return f.service.p99; }},
    Figure{"service_p999", FigureKind::kTime, true, 1000,
           [](const LoadFigures& f) { return f.service.p999; }},
    Figure{"service_max", FigureKind::kTime, true, 1,
           [](const LoadFigures& f) { return f.service.max; }},
    Figure{"refusal_p50", FigureKind::kTime, true, 20,
           [](const LoadFigures& f) { return f.refusal.p50; }},
    Figure{"refusal_p90", FigureKind::kTime, true, 50,
           [](const LoadFigures& f) { return f.refusal.p90; }},
    Figure{"refusal_p95", FigureKind::kTime, true, 60,
           [](const LoadFigures& f) { return f.refusal.p95; }},
    Figure{"refusal_p99", FigureKind::kTime, true, 100,
           [](const LoadFigures& f) { return f.refusal.p99; }},
    Figure{"refusal_p999", FigureKind::kTime, true, 1000,
           [](const LoadFigures& f) { return f.refusal.p999; }},
    Figure{"refusal_max", FigureKind::kTime, true, 1,
           [](const LoadFigures& f) { return f.refusal.max; }},
    Figure{"goodput", FigureKind::kCount, false, 100,
           [](const LoadFigures& f) { return static_cast<double>(f.good); }},
    Figure{"ok", FigureKind::kCount, false, 100,
           [](const LoadFigures& f) { return static_cast<double>(f.ok); }},
    Figure{"errors", FigureKind::kCount, true, 100,
           [](const LoadFigures& f) {
             return static_cast<double>(f.refused + f.failed + f.wrong_vectors);
           }},
    Figure{"refused", FigureKind::kCount, true, 100,
           [](const LoadFigures& f) { return static_cast<double>(f.refused); }},
    Figure{"failed", FigureKind::kCount, true, 100,
           [](const LoadFigures& f) { return static_cast<double>(f.failed); }},
    Figure{"late", FigureKind::kCount, true, 100,
           [](const LoadFigures& f) { return static_cast<double>(f.late); }},
    Figure{"wrong_vectors", FigureKind::kCount, true, 100,
           [](const LoadFigures& f) { return static_cast<double>(f.wrong_vectors); }},
    Figure{"late_starts", FigureKind::kCount, true, 100,
           [](const LoadFigures& f) { return static_cast<double>(f.late_starts); }},
    Figure{"rate", FigureKind::kRate, false, 1,
           [](const LoadFigures& f) { return f.goodput_per_second; }},
    Figure{"texts_per_second", FigureKind::kRate, false, 1,
           [](const LoadFigures& f) { return f.texts_per_second; }},
    Figure{"tokens_per_second", FigureKind::kRate, false, 1,
           [](const LoadFigures& f) { return f.tokens_per_second; }},
};

// nullptr: none has that name.
const Figure* FindFigure(std::string_view name);
// "p50, p90, ...", for messages.
std::string FigureNames();

// Whether there is anything that it is a figure of: a percentile needs an answer, a share a
// request.
bool HasFigure(const Figure& figure, const LoadFigures& figures);
// A count as a share of Judged, times and rates as they are.
double ShareOrValue(const Figure& figure, const LoadFigures& figures);

// What ShareOrValue gave, as people read it.
std::string FigureText(const Figure& figure, double value);

}  // namespace shoal
