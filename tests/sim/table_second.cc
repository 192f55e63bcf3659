#include "table_second.h"

#include <string>

#include "table_bars.h"
#include "table_words.h"

namespace shoal::table {

namespace {

void PrintWorld(Laboratory& laboratory, Sheet& sheet, const Pool& pool, TraceOptions options) {
  sheet.Say(Describe(pool) + ". " + Describe(options.texts) + ". Deadlines of " +
            Describe(options.deadlines) + ".");
  sheet.Head({"load", "second attempts", "goodput", "late or dropped", "p50 ms", "p99 ms",
              "p99.9 ms", "second of all batches", "extra work"});
  const double capacity = laboratory.Capacity(pool, options.texts);
  for (const double load : {0.3, 0.7, 1.2, 2.0}) {
    options.load = load;
    for (const bool on : {false, true}) {
      const PolicyKind kind = on ? PolicyKind::kShoal : PolicyKind::kShoalWithoutSecondAttempts;
      const Figures f = laboratory.Measure(kind, pool, options);
      const double second = static_cast<double>(f.second_attempts) / static_cast<double>(f.batches);
      sheet.Row(
          {LoadInWords(load), on ? "on" : "off", Format(f.GoodPerUs() / capacity, Unit::kPlain),
           Format(f.with_deadline.BrokenShare(), Unit::kPercent),
           FormatMs(f.with_deadline.LatencyMs(0.5)), FormatMs(f.with_deadline.LatencyMs(0.99)),
           FormatMs(f.with_deadline.LatencyMs(0.999)), Format(second, Unit::kPercent),
           Format(f.ExtraShare(), Unit::kPercent)});
    }
  }
}

}  // namespace

void PrintSecondAttempts(Laboratory& laboratory, Sheet& sheet) {
  sheet.Title("Second attempts, on and off");
  sheet.Say(
      "Extra work is what was executed beyond what was useful, of what was useful: second copies, "
      "and whatever came too late.");
  PrintWorld(laboratory, sheet, StallingPool(), LightTrace());
  PrintWorld(laboratory, sheet, {}, {.deadlines = kDeadlines300});
}

}  // namespace shoal::table
