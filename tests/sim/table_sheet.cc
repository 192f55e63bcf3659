#include "table_sheet.h"

#include <cstdio>

namespace shoal::table {

namespace {

std::string Print(const char* format, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

void PrintRow(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + " |";
  std::puts(line.c_str());
  std::fflush(stdout);
}

}  // namespace

std::string Format(double figure, Unit unit) {
  return unit == Unit::kPercent ? Print("%.2f %%", 100 * figure) : Print("%.3f", figure);
}

std::string FormatMs(double ms) {
  if (ms <= 0) return "–";
  if (ms < 10) return Print("%.1f", ms);
  std::string digits = Print("%.0f", ms);
  if (digits.size() > 3) digits.insert(digits.size() - 3, ",");
  return digits;
}

void Sheet::Title(const std::string& title) { std::printf("\n## %s\n", title.c_str()); }

void Sheet::Say(const std::string& text) { std::printf("\n%s\n", text.c_str()); }

void Sheet::Head(const std::vector<std::string>& names) {
  std::puts("");
  PrintRow(names);
  PrintRow(std::vector<std::string>(names.size(), "---"));
}

void Sheet::Row(const std::vector<std::string>& cells) { PrintRow(cells); }

std::string Sheet::Judge(double figure, Unit unit, Bar bar) {
  const bool least = bar.relation == Relation::kAtLeast;
  const bool met = least ? figure >= bar.bound : figure <= bar.bound;
  ++judged_;
  if (!met) ++missed_;
  const std::string shown = Format(figure, unit);
  return (met ? shown : "**" + shown + " missed**") + (least ? " (≥ " : " (≤ ") +
         Format(bar.bound, unit) + ")";
}

}  // namespace shoal::table
