// One line of what `gates` prints: what was asked, what was found, and whether that is enough.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace shoal {

enum class GateVerdict {
  kPass,
  kShort,      // the program fails
  kAim,        // below a mark that is wished for, not demanded
  kNotJudged,  // the machine did not let it be measured: the note says why
};

struct GateRow {
  std::string gate;
  std::string table;
  std::string precision;
  std::string measured;  // for people
  std::string bar;
  GateVerdict verdict = GateVerdict::kPass;
  std::string note;
  std::vector<std::pair<std::string, double>> figures;  // for programs
};

// What a run found, and what it could not run, by name.
struct GateReport {
  std::string machine;
  std::vector<GateRow> rows;
  std::vector<std::string> peaks;  // one line a measurement: before, after, time lost
  std::vector<std::string> not_run;

  bool passed() const;
  std::string ToText() const;
  std::string ToJson() const;
};

// kPass where value >= bar, else `otherwise`.
GateVerdict AtLeast(double value, double bar, GateVerdict otherwise = GateVerdict::kShort);

// printf's %.*f, with a unit.
std::string Fixed(double value, int digits, const char* unit = "");

}  // namespace shoal
