// Tables on stdout in the format that -o asks for.
#pragma once

#include <string>
#include <string_view>

#include "terminal/style.h"
#include "terminal/table.h"

namespace shoal {

// `format` is a choice of the option `format`. json: an array with one object per row, columns in
// lower case as keys, cells as strings.
std::string Render(const Table& table, std::string_view format, const TerminalStyle& style);

void PrintTable(const Table& table, std::string_view format);

}  // namespace shoal
