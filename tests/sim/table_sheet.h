// Markdown tables whose cells may carry a bar: "0.998 (≥ 0.97)". A figure that misses its bar is
// printed bold and counted.
#pragma once

#include <string>
#include <vector>

namespace shoal::table {

enum class Unit { kPlain, kPercent };  // kPercent: the figure is a share, 0.01 is 1 %
enum class Relation { kAtLeast, kAtMost };

struct Bar {
  Relation relation = Relation::kAtLeast;
  double bound = 0;
};

// "0.998", "0.04 %".
std::string Format(double figure, Unit unit);
// "43", "1,840"; with a decimal below 10; "–" for 0, which no answer takes.
std::string FormatMs(double ms);

// Not thread-safe. Prints to stdout as it goes: a long run shows where it is.
class Sheet {
 public:
  void Title(const std::string& title);
  // A paragraph.
  void Say(const std::string& text);
  void Head(const std::vector<std::string>& names);
  void Row(const std::vector<std::string>& cells);

  // A figure beside its bar.
  std::string Judge(double figure, Unit unit, Bar bar);

  int judged() const { return judged_; }
  int missed() const { return missed_; }

 private:
  int judged_ = 0;
  int missed_ = 0;
};

}  // namespace shoal::table
