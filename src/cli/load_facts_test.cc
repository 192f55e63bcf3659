#include "cli/load_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(LoadFacts, AWordIsQuotedWhereAShellWouldReadIt) {
  EXPECT_EQ(ShellWord("grpc://127.0.0.1:50050"), "grpc://127.0.0.1:50050");
  EXPECT_EQ(ShellWord("p99>50ms"), "'p99>50ms'");
  EXPECT_EQ(ShellWord("it's"), "'it'\\''s'");
  EXPECT_EQ(ShellWord(""), "''");
}

TEST(LoadFacts, TheCommandHasWhatWasGivenAndTheOptionsHaveAll) {
  const std::vector<GivenFlag> flags = {{OptionKey("rate").index(), "20"},
                                        {OptionKey("client").index(), "a b"},
                                        {OptionKey("output").index(), "a.json"},
                                        {OptionKey("output").index(), "a.html"}};
  RunFacts facts;
  AddFacts(*Settings::Resolve(For::kLoad, flags, {}, {}, ""), {}, facts);
  EXPECT_EQ(facts.command, "shoal load --rate 20 --client 'a b' --output a.json --output a.html");
  EXPECT_THAT(facts.options, testing::Contains(testing::Pair("rate", "20")));
  EXPECT_THAT(facts.options, testing::Contains(testing::Pair("seed", "1")));
  EXPECT_THAT(facts.options, testing::Not(testing::Contains(testing::Key("output"))));
}

TEST(LoadFacts, OfTheServerThereIsWhatLiesInTheRun) {
  LoadReport report;
  report.per_second.resize(10);
  report.run.start_unix_ms = 100'000;
  AddServer({{.in_flight = 1, .unix_ms = 99'000},
             {.in_flight = 2, .unix_ms = 99'400},
             {.in_flight = 3, .unix_ms = 109'400},
             {.in_flight = 4, .unix_ms = 110'000}},
            {{.unix_ms = 99'999, .text = "before"},
             {.unix_ms = 104'400, .text = "of no weight", .kind = "late"},
             {.unix_ms = 104'500, .text = "meanwhile", .kind = "lost"},
             {.unix_ms = 110'001, .text = "after"}},
            report);
  ASSERT_EQ(report.server.size(), 2u);
  EXPECT_DOUBLE_EQ(report.server[0].second, -0.6);
  EXPECT_DOUBLE_EQ(report.server[1].in_flight, 3);
  ASSERT_EQ(report.marks.size(), 1u);
  EXPECT_DOUBLE_EQ(report.marks[0].second, 4.5);
  EXPECT_EQ(report.marks[0].text, "meanwhile");
}

}  // namespace
}  // namespace shoal
