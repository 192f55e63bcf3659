#include "table_run.h"

#include <charconv>

#include "table_bars.h"
#include "table_policies.h"
#include "table_second.h"

namespace shoal::table {

namespace {

constexpr int kMostSeeds = 1000;

Result<int> ParseSeeds(const std::string& text) {
  int seeds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seeds);
  if (error != std::errc() || end != text.data() + text.size() || seeds < 1 || seeds > kMostSeeds) {
    return InvalidArgumentError("--seeds: found \"" + text + "\", expected 1 to " +
                                std::to_string(kMostSeeds));
  }
  return seeds;
}

}  // namespace

const char kTablesUsage[] =
    "--table bars|policies|second|all [--seeds K]\n"
    "    prints the performance tables in Markdown, every figure from the seeds 1 to K (4);\n"
    "    exit status 1: a bar was missed\n";

Result<TablesOptions> ParseTablesOptions(const std::string& which,
                                         const std::vector<std::string>& rest) {
  const bool all = which == "all";
  TablesOptions options{.bars = all || which == "bars",
                        .policies = all || which == "policies",
                        .second = all || which == "second"};
  if (!options.bars && !options.policies && !options.second) {
    return InvalidArgumentError("--table: found \"" + which +
                                "\", expected bars, policies, second or all");
  }
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] != "--seeds") {
      return InvalidArgumentError("found \"" + rest[i] + "\", expected --seeds K");
    }
    ++i;
    ASSIGN_OR_RETURN(options.seeds, ParseSeeds(i < rest.size() ? rest[i] : ""));
  }
  return options;
}

int PrintTables(const TablesOptions& options) {
  Laboratory laboratory(options.seeds);
  Sheet sheet;
  sheet.Say("Virtual time, seeds 1 to " + std::to_string(options.seeds) +
            ": the same figures on every machine.");
  if (options.bars) PrintBars(laboratory, sheet);
  if (options.policies) PrintPolicies(laboratory, sheet);
  if (options.second) PrintSecondAttempts(laboratory, sheet);
  if (options.bars) {
    sheet.Say(std::to_string(sheet.judged() - sheet.missed()) + " of " +
              std::to_string(sheet.judged()) + " bars are met.");
  }
  return sheet.missed() > 0 ? 1 : 0;
}

}  // namespace shoal::table
