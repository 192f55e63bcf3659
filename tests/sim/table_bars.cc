#include "table_bars.h"

#include <algorithm>
#include <string>

#include "table_words.h"

namespace shoal::table {

namespace {

constexpr PolicyKind kShoal = PolicyKind::kShoal;

constexpr microseconds kShortDeadline{200'000};
constexpr double kLoads[] = {1.2, 2, 5, 10};
// Long enough that the queue of those without a deadline is as long as it may get.
constexpr microseconds kLongRun{120'000'000};
constexpr int kSeedsOfRefusals = 8;

Bar AtLeast(double bound) { return {Relation::kAtLeast, bound}; }
Bar AtMost(double bound) { return {Relation::kAtMost, bound}; }

double GoodputBar(const Pool& pool, const TraceOptions& options) {
  const Deadlines& d = options.deadlines;
  const bool eased = d.shortest == d.longest && d.shortest >= microseconds(300'000);
  return options.load >= 2 || (pool.lanes >= 8 && eased) ? 0.97 : 0.93;
}

// At 100 ms a call of 200 texts needs nearly the whole pool for nearly its whole deadline. It is
// offered, and judged; how much of a missed bar is theirs is told beside it.
void SayWithoutWideCalls(Laboratory& laboratory, Sheet& sheet) {
  const TraceOptions options{.deadlines = kDeadlines100, .most_own_share = 0.9, .load = 1.2};
  const double capacity = laboratory.Capacity({}, options.texts);
  const Figures f = laboratory.Measure(kShoal, {}, options);
  sheet.Say(
      "Not judged, an easier world: 8 lanes, 100 ms, load 1.2 without the calls that need more "
      "than 90 % of their deadline by themselves (of 200 texts): goodput " +
      Format(f.GoodPerUs() / capacity, Unit::kPlain) + ", late or dropped " +
      Format(f.with_deadline.BrokenShare(), Unit::kPercent) + ".");
}

void PrintOverload(Laboratory& laboratory, Sheet& sheet) {
  sheet.Title("Overload");
  sheet.Say(Describe(Pool{}) + ". " + Describe(Texts::kMany) +
            ". What needs more than its deadline in an empty pool is not offered. Goodput is "
            "against the capacity of the same pool; late or dropped is of what was "
            "admitted; wasted is of all that was executed.");
  sheet.Head({"lanes", "deadlines", "load", "goodput", "late or dropped", "wasted", "p99 ms"});
  for (const Deadlines& deadlines :
       {kDeadlines100, kDeadlines300, kDeadlines500, kMixedDeadlines}) {
    for (const double load : kLoads) {
      JudgeOverload(laboratory, sheet, {}, {.deadlines = deadlines, .load = load});
    }
  }
  for (const double load : kLoads) {
    JudgeOverload(laboratory, sheet, {.lanes = 2}, {.deadlines = kDeadlines300, .load = load});
  }
  for (const Deadlines& deadlines : {kDeadlines100, kDeadlines300, kMixedDeadlines}) {
    JudgeOverload(laboratory, sheet, {.lanes = 32}, {.deadlines = deadlines, .load = 2});
  }
  SayWithoutWideCalls(laboratory, sheet);
}

void JudgeHalf(Laboratory& laboratory, Sheet& sheet, const TraceOptions& options) {
  const Figures f = laboratory.Measure(kShoal, {}, options);
  const bool shows_admitted =
      options.load >= 2 && options.deadlines.shortest == kDeadlines300.shortest;
  const double admitted = 1 - f.with_deadline.RefusedShare();
  const double refused = f.without_deadline.RefusedShare();
  sheet.Row({options.patient_tokens > 0 ? "256" : "about 31", Describe(options.deadlines),
             LoadInWords(options.load),
             shows_admitted ? sheet.Judge(admitted, Unit::kPercent, AtLeast(0.85))
                            : Format(admitted, Unit::kPercent),
             sheet.Judge(f.with_deadline.BrokenShare(), Unit::kPercent, AtMost(0.001)),
             options.load < 1 ? sheet.Judge(refused, Unit::kPercent, AtMost(0.005))
                              : Format(refused, Unit::kPercent),
             sheet.Judge(f.without_deadline.BrokenShare(), Unit::kPercent, AtMost(0.001)),
             FormatMs(f.with_deadline.LatencyMs(0.99)),
             FormatMs(f.without_deadline.LatencyMs(0.99))});
}

void PrintHalf(Laboratory& laboratory, Sheet& sheet) {
  sheet.Title("Half of the calls without a deadline");
  sheet.Say(Describe(Pool{}) + ". " + Describe(Texts::kMany) +
            ". Runs of 120 s. With 256 tokens as many calls arrive as with 31: those without a "
            "deadline alone are then many times what the pool can do.");
  sheet.Head({"their tokens", "deadlines", "load", "with: admitted", "with: late or dropped",
              "without: refused", "without: late or dropped", "with: p99 ms", "without: p99 ms"});
  const TraceOptions half{.no_deadline_share = 0.5, .duration = kLongRun};
  for (const std::uint32_t tokens : {0u, 256u}) {
    for (const Deadlines& deadlines : {kDeadlines300, kDeadlines1000}) {
      TraceOptions options = half;
      options.deadlines = deadlines;
      options.patient_tokens = tokens;
      options.load = 2;
      JudgeHalf(laboratory, sheet, options);
    }
  }
  TraceOptions calm = half;
  calm.load = 0.9;
  JudgeHalf(laboratory, sheet, calm);
}

void PrintCrowd(Laboratory& laboratory, Sheet& sheet) {
  sheet.Title("A job beside a caller who waits");
  sheet.Say(
      "2 workers of one lane. 64 callers of one client wait for 32 texts of 32 tokens each, "
      "without "
      "a deadline; beside them one call a second of another client, with 300 ms. Runs of 60 s.");
  sheet.Head({"per token", "64 callers: refused", "64 callers: late or dropped", "300 ms: in time",
              "64 callers: p99 ms", "300 ms: p99 ms"});
  for (const double per_token_us : {260.0, 360.0}) {
    JudgeCrowd(laboratory, sheet, per_token_us);
  }
}

void PrintRefusals(Sheet& sheet, int seeds) {
  sheet.Title("Refusals at light load");
  const Pool pool{.lanes = 2};
  const TraceOptions options{.deadlines = kDeadlines500, .load = 0.35};
  // The bar is a mean over many seeds: single ones differ much, by their calls of 200 texts.
  Laboratory laboratory(std::max(seeds, kSeedsOfRefusals));
  const Figures f = laboratory.Measure(kShoal, pool, options);
  sheet.Say(Describe(pool) + ". " + Describe(Texts::kMany) + ". Load 0.35, deadlines of " +
            Describe(options.deadlines) + ", mean of " + std::to_string(f.runs) + " seeds.");
  sheet.Head({"refused", "late or dropped"});
  sheet.Row({sheet.Judge(f.mean_refused, Unit::kPercent, AtMost(0.01)),
             Format(f.with_deadline.BrokenShare(), Unit::kPercent)});
}

void PrintSlowLane(Laboratory& laboratory, Sheet& sheet) {
  sheet.Title("One lane of eight is slow");
  sheet.Say(Describe(Pool{}) + ". " + Describe(Texts::kMany) +
            ". Load 2. Goodput is against the capacity of seven healthy lanes. Known: its "
            "worker measured itself so; else it became slow after that.");
  sheet.Head({"slower by", "known", "deadlines", "goodput / seven lanes", "late or dropped",
              "wasted", "p99 ms"});
  for (const double factor : {4.0, 20.0}) {
    for (const bool known : {true, false}) {
      for (const Deadlines& deadlines : {kDeadlines100, kDeadlines300, kMixedDeadlines}) {
        JudgeSlowLane(laboratory, sheet, factor, known, deadlines);
      }
    }
  }
}

}  // namespace

Pool StallingPool() { return {.stolen_share = 0, .stalled_share = 0.01}; }

TraceOptions LightTrace() {
  return {.texts = Texts::kAlwaysOne, .deadlines = kDeadlines500, .load = 0.3};
}

void JudgeOverload(Laboratory& laboratory, Sheet& sheet, const Pool& pool,
                   const TraceOptions& options) {
  const double capacity = laboratory.Capacity(pool, options.texts);
  const Figures f = laboratory.Measure(kShoal, pool, options);
  const bool equal = options.deadlines.shortest == options.deadlines.longest;
  const bool tight = equal && options.deadlines.shortest < kShortDeadline;
  sheet.Row(
      {std::to_string(pool.lanes), Describe(options.deadlines), LoadInWords(options.load),
       sheet.Judge(f.GoodPerUs() / capacity, Unit::kPlain, AtLeast(GoodputBar(pool, options))),
       sheet.Judge(f.with_deadline.BrokenShare(), Unit::kPercent, AtMost(tight ? 0.002 : 0.001)),
       sheet.Judge(f.WastedShare(), Unit::kPercent, AtMost(tight ? 0.025 : 0.01)),
       FormatMs(f.with_deadline.LatencyMs(0.99))});
}

void JudgeCrowd(Laboratory& laboratory, Sheet& sheet, double per_token_us) {
  const Figures f = laboratory.MeasureCrowd({.lanes = 2, .per_token_us = per_token_us}, {});
  sheet.Row({Format(per_token_us, Unit::kPlain) + " µs",
             sheet.Judge(f.without_deadline.RefusedShare(), Unit::kPercent, AtMost(0)),
             sheet.Judge(f.without_deadline.BrokenShare(), Unit::kPercent, AtMost(0)),
             sheet.Judge(f.with_deadline.OkShare(), Unit::kPercent, AtLeast(1)),
             FormatMs(f.without_deadline.LatencyMs(0.99)),
             FormatMs(f.with_deadline.LatencyMs(0.99))});
}

void JudgeSlowLane(Laboratory& laboratory, Sheet& sheet, double factor, bool known,
                   const Deadlines& deadlines) {
  const TraceOptions options{.deadlines = deadlines, .load = 2};
  const double seven = laboratory.Capacity({.lanes = 7}, options.texts);
  const Pool pool{.slow_factor = factor, .slow_known = known};
  const Figures f = laboratory.Measure(kShoal, pool, options, seven);
  sheet.Row({TimesInWords(factor), known ? "yes" : "no", Describe(deadlines),
             sheet.Judge(f.GoodPerUs() / seven, Unit::kPlain, AtLeast(0.95)),
             Format(f.with_deadline.BrokenShare(), Unit::kPercent),
             Format(f.WastedShare(), Unit::kPercent), FormatMs(f.with_deadline.LatencyMs(0.99))});
}

void JudgeSecondAttempts(Laboratory& laboratory, Sheet& sheet) {
  const Pool pool = StallingPool();
  const TraceOptions options = LightTrace();
  const Figures with = laboratory.Measure(kShoal, pool, options);
  const Figures without =
      laboratory.Measure(PolicyKind::kShoalWithoutSecondAttempts, pool, options);
  const double slow = without.with_deadline.LatencyMs(0.999);
  const double fast = with.with_deadline.LatencyMs(0.999);
  sheet.Row({FormatMs(slow), FormatMs(fast),
             sheet.Judge(slow / std::max(fast, 1e-3), Unit::kPlain, AtLeast(4)),
             sheet.Judge(with.ExtraShare(), Unit::kPercent, AtMost(0.02))});
}

void PrintBars(Laboratory& laboratory, Sheet& sheet) {
  PrintOverload(laboratory, sheet);
  PrintHalf(laboratory, sheet);
  PrintCrowd(laboratory, sheet);
  PrintRefusals(sheet, laboratory.seeds());
  PrintSlowLane(laboratory, sheet);
  sheet.Title("Second attempts");
  sheet.Say(Describe(StallingPool()) + ". " + Describe(Texts::kAlwaysOne) +
            ". Load 0.3, deadlines of 500 ms.");
  sheet.Head({"p99.9 without, ms", "p99.9 with, ms", "times lower", "extra work"});
  JudgeSecondAttempts(laboratory, sheet);
}

}  // namespace shoal::table
