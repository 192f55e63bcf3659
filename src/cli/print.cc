#include "cli/print.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

#include "json/writer.h"

namespace shoal {
namespace {

std::string JsonTable(const Table& table) {
  std::string text;
  JsonWriter json(text);
  json.BeginArray();
  for (const auto& row : table.rows) {
    json.BeginObject();
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string key = table.columns[i];
      std::ranges::transform(key, key.begin(), [](unsigned char c) {
        return c == ' ' ? '_' : static_cast<char>(std::tolower(c));
      });
      json.Key(key).String(row[i]);
    }
    json.EndObject();
  }
  json.EndArray();
  return text + "\n";
}

}  // namespace

std::string Render(const Table& table, std::string_view format, const TerminalStyle& style) {
  if (format == "json") return JsonTable(table);
  if (format == "plain") return PlainTable(table);
  return AlignedTable(table, style);
}

void PrintTable(const Table& table, std::string_view format) {
  std::fputs(Render(table, format, StyleOf(stdout)).c_str(), stdout);
}

}  // namespace shoal
