#include "config/toml_file.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "base/file.h"

namespace shoal {
namespace {

constexpr std::size_t kMaxFileSize = std::size_t{1} << 20;

Status Refused(const std::string& file_name, std::size_t line, const std::string& what) {
  return FailedPreconditionError(file_name + ":" + std::to_string(line) + ": " + what);
}

std::string TypeName(const toml::node& node) {
  std::ostringstream name;
  name << node.type();
  return name.str();
}

Result<FileEntry> ReadEntry(const std::string& key, const toml::node& node,
                            const std::string& file_name) {
  FileEntry entry{.key = key, .line = node.source().begin.line};
  if (const auto* text = node.as_string()) {
    entry.values = {text->get()};
  } else if (const auto* number = node.as_integer()) {
    entry.type = FileValueType::kInteger;
    entry.values = {std::to_string(number->get())};
  } else if (const auto* flag = node.as_boolean()) {
    entry.type = FileValueType::kBoolean;
    entry.values = {flag->get() ? "true" : "false"};
  } else if (const auto* list = node.as_array()) {
    entry.type = FileValueType::kList;
    for (const toml::node& element : *list) {
      const auto* element_text = element.as_string();
      if (element_text == nullptr) {
        return Refused(
            file_name, entry.line,
            key + ": found a list with " + TypeName(element) + ", accepted a list of strings");
      }
      entry.values.push_back(element_text->get());
    }
  } else {
    return Refused(file_name, entry.line,
                   key + ": found a " + TypeName(node) +
                       ", accepted a string, an integer, a boolean or a list of strings");
  }
  return entry;
}

}  // namespace

Result<std::vector<FileEntry>> ParseToml(std::string_view text, const std::string& file_name) {
  const toml::parse_result parsed = toml::parse(text, file_name);
  if (!parsed) {
    return Refused(file_name, parsed.error().source().begin.line,
                   std::string(parsed.error().description()));
  }
  std::vector<FileEntry> entries;
  for (const auto& [key, node] : parsed.table()) {
    ASSIGN_OR_RETURN(FileEntry entry, ReadEntry(std::string(key.str()), node, file_name));
    entries.push_back(std::move(entry));
  }
  std::ranges::sort(entries, {}, &FileEntry::line);
  return entries;
}

Result<std::vector<FileEntry>> ReadToml(const std::filesystem::path& path) {
  const Result<std::string> text = ReadFile(path, kMaxFileSize);
  if (!text.ok()) return FailedPreconditionError("configuration: " + text.status().message());
  return ParseToml(*text, path.string());
}

}  // namespace shoal
