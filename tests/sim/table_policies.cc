#include "table_policies.h"

#include <string>
#include <vector>

#include "table_bars.h"
#include "table_words.h"

namespace shoal::table {

namespace {

constexpr PolicyKind kKinds[] = {PolicyKind::kRoundRobin, PolicyKind::kLeastLoaded,
                                 PolicyKind::kTwoChoices, PolicyKind::kShortFifo,
                                 PolicyKind::kLongFifo,   PolicyKind::kShoal};
constexpr double kLoads[] = {0.35, 0.7, 1.2, 2, 5, 10};
constexpr microseconds kDuration{10'000'000};

// "0.998 · 0.04 % · 187", and the share of the calls without a deadline that were answered.
std::string Cell(const Figures& f, double capacity) {
  const CallFigures& calls = f.with_deadline;
  std::string cell = Format(f.GoodPerUs() / capacity, Unit::kPlain) + " · " +
                     Format(calls.BrokenShare(), Unit::kPercent) + " · " +
                     FormatMs(calls.LatencyMs(0.99));
  if (f.without_deadline.offered() > 0) {
    cell += " · " + Format(f.without_deadline.OkShare(), Unit::kPercent);
  }
  return cell;
}

void PrintOne(Laboratory& laboratory, Sheet& sheet, const Pool& pool, TraceOptions options) {
  const double capacity = laboratory.Capacity(pool, options.texts);
  std::vector<std::string> head{"load"};
  for (const double load : kLoads) head.push_back(LoadInWords(load));
  sheet.Head(head);
  for (const PolicyKind kind : kKinds) {
    std::vector<std::string> row{std::string(Name(kind))};
    for (const double load : kLoads) {
      options.load = load;
      row.push_back(Cell(laboratory.Measure(kind, pool, options), capacity));
    }
    sheet.Row(row);
  }
}

}  // namespace

void PrintPolicies(Laboratory& laboratory, Sheet& sheet) {
  sheet.Title("Other policies on the same work");
  sheet.Say(Describe(Pool{}) + ". " + Describe(Texts::kMostlyOne) +
            ". Runs of 10 s. A cell: goodput / capacity · late or dropped of those admitted · p99 "
            "of the calls with a deadline that were answered in time, ms · where half of the calls "
            "have none, the share of those that were answered within 60 s.");
  sheet.Say(
      "Round robin, least loaded and two choices push each piece of a call (at most a batch) to "
      "a lane when it arrives and refuse nothing: least loaded knows the unfinished cost of every "
      "lane exactly, two choices as it was 50 ms ago. A FIFO is pulled from and refuses what "
      "would make it longer than so many texts. All drop what has expired before it is sent.");
  for (const double no_deadline : {0.0, 0.5}) {
    for (const double slow : {1.0, 4.0, 20.0}) {
      for (const Deadlines& deadlines : {kDeadlines100, kDeadlines300, kMixedDeadlines}) {
        std::string world = "**Deadlines of " + Describe(deadlines);
        if (no_deadline > 0) world += ", half of the calls without";
        if (slow > 1) world += "; one lane " + TimesInWords(slow) + " slower";
        sheet.Say(world + ".**");
        PrintOne(laboratory, sheet, {.slow_factor = slow},
                 {.texts = Texts::kMostlyOne,
                  .deadlines = deadlines,
                  .no_deadline_share = no_deadline,
                  .duration = kDuration});
      }
    }
  }
}

}  // namespace shoal::table
