#include "bench/gate.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "json/writer.h"
#include "terminal/table.h"

namespace shoal {
namespace {

std::string_view Name(GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::kPass:
      return "pass";
    case GateVerdict::kShort:
      return "SHORT";
    case GateVerdict::kAim:
      return "below aim";
    case GateVerdict::kNotJudged:
      return "not judged";
  }
  return "?";
}

}  // namespace

bool GateReport::passed() const {
  return std::none_of(rows.begin(), rows.end(),
                      [](const GateRow& row) { return row.verdict == GateVerdict::kShort; });
}

std::string GateReport::ToText() const {
  Table table{.columns = {"gate", "table", "precision", "measured", "bar", "", "note"}};
  for (const GateRow& row : rows) {
    table.rows.push_back({row.gate, row.table, row.precision, row.measured, row.bar,
                          std::string(Name(row.verdict)), row.note});
  }
  std::string text = machine + "\n\n" + AlignedTable(table, StyleOf(stdout)) + "\n";
  for (const std::string& line : peaks) text += line + "\n";
  for (const std::string& line : not_run) text += "not run: " + line + "\n";
  return text + (passed() ? "gates: passed\n" : "gates: SHORT\n");
}

std::string GateReport::ToJson() const {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("machine").String(machine).Key("passed").Bool(passed());
  json.Key("gates").BeginArray();
  for (const GateRow& row : rows) {
    json.BeginObject().Key("gate").String(row.gate).Key("table").String(row.table);
    json.Key("precision").String(row.precision).Key("measured").String(row.measured);
    json.Key("bar").String(row.bar).Key("verdict").String(Name(row.verdict));
    json.Key("note").String(row.note).Key("figures").BeginObject();
    for (const auto& [name, value] : row.figures) json.Key(name).Double(value);
    json.EndObject().EndObject();
  }
  json.EndArray();
  const auto strings = [&](std::string_view key, const std::vector<std::string>& lines) {
    json.Key(key).BeginArray();
    for (const std::string& line : lines) json.String(line);
    json.EndArray();
  };
  strings("peaks", peaks);
  strings("not_run", not_run);
  json.EndObject();
  return out + "\n";
}

GateVerdict AtLeast(double value, double bar, GateVerdict otherwise) {
  return value >= bar ? GateVerdict::kPass : otherwise;
}

std::string Fixed(double value, int digits, const char* unit) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f%s", digits, value, unit);
  return text;
}

}  // namespace shoal
