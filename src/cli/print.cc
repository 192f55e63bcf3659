#include "cli/print.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>

#include "base/status.h"
#include "cli/exit_code.h"
#include "json/writer.h"

namespace shoal {
namespace {

int first_error = 0;  // errno of the first write to stdout that failed

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

void Print(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written && first_error == 0) first_error = errno;
}

int FinishStdout(int code) {
  if (std::fflush(stdout) != 0 && first_error == 0) first_error = errno;
  if (code != kExitOk || first_error == 0) return code;
  if (first_error == EPIPE) return kExitUnread;
  if (first_error == EBADF) return Fail(kExitFailed, "stdout is not open for writing");
  return Fail(ErrnoError("write stdout", first_error));
}

void PrintTable(const Table& table, std::string_view format) {
  Print(Render(table, format, StyleOf(stdout)));
}

}  // namespace shoal
