// What commands print on stdout: texts, and tables in the format that -o asks for.
#pragma once

#include <string>
#include <string_view>

#include "terminal/style.h"
#include "terminal/table.h"

namespace shoal {

// `format` is a choice of the option `format`. json: an array with one object per row, columns in
// lower case as keys, cells as strings.
std::string Render(const Table& table, std::string_view format, const TerminalStyle& style);

// All that a command prints goes through here: whether it arrived is known at the end.
void Print(std::string_view text);

// How a command that would end with `code` ends: what it printed is written now, and if stdout did
// not take all of it, a command that went well says so and ends with kExitFailed, or without a word
// with kExitUnread.
int FinishStdout(int code);

void PrintTable(const Table& table, std::string_view format);

}  // namespace shoal
