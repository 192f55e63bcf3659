#include "terminal/table.h"

#include <algorithm>
#include <string_view>

#include "base/check.h"

namespace shoal {
namespace {

constexpr std::size_t kGap = 2;

// Characters, counting every code point as one column wide.
std::size_t Width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string AlignedLine(const std::vector<std::string>& cells,
                        const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += cells[i] + std::string(widths[i] - Width(cells[i]) + kGap, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::string AlignedTable(const Table& table, const TerminalStyle& style) {
  std::vector<std::size_t> widths;
  for (const std::string& column : table.columns) widths.push_back(Width(column));
  for (const auto& row : table.rows) {
    CHECK(row.size() == widths.size(), "every row has one cell per column");
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string text = Coloured(AlignedLine(table.columns, widths), Colour::kBold, style) + "\n";
  for (const auto& row : table.rows) text += AlignedLine(row, widths) + "\n";
  return text;
}

std::string PlainTable(const Table& table) {
  std::string text;
  for (const auto& row : table.rows) {
    CHECK(row.size() == table.columns.size(), "every row has one cell per column");
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text += '\t';
      for (const char c : row[i]) {
        if (c == '\t') {
          text += "\\t";
        } else if (c == '\n') {
          text += "\\n";
        } else if (c == '\\') {
          text += "\\\\";
        } else {
          text += c;
        }
      }
    }
    text += '\n';
  }
  return text;
}

}  // namespace shoal
