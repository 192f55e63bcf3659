// Rows and columns for people (aligned, with a heading) and for pipes (tab-separated, without one).
#pragma once

#include <string>
#include <vector>

#include "terminal/style.h"

namespace shoal {

// Every row has one cell per column.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

// Aligned by character, bold heading where the style has colour, no blanks at the ends of lines.
std::string AlignedTable(const Table& table, const TerminalStyle& style);

// One row a line, cells separated by tabs; tab, newline and backslash in a cell are escaped.
std::string PlainTable(const Table& table);

}  // namespace shoal
