// A configuration file as a flat list: `key = value` at the top level of a TOML file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace shoal {

enum class FileValueType { kText, kInteger, kBoolean, kList };

struct FileEntry {
  std::string key;
  FileValueType type = FileValueType::kText;
  std::vector<std::string> values = {};  // one, but for lists (of strings)
  std::size_t line = 0;                  // from 1
};

// FAILED_PRECONDITION, naming file and line, when it is not TOML, or holds tables, dates, floats.
Result<std::vector<FileEntry>> ParseToml(std::string_view text, const std::string& file_name);
// The same of a file of at most 1 MiB.
Result<std::vector<FileEntry>> ReadToml(const std::filesystem::path& path);

}  // namespace shoal
