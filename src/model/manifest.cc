#include "model/manifest.h"

#include <algorithm>
#include <cstdint>

#include "base/file.h"
#include "json/value.h"
#include "json/writer.h"

namespace shoal {
namespace {

constexpr std::size_t kMaxManifestSize = 1 << 20;
constexpr int kVersion = 1;

Result<FileSum> ParseSum(const JsonValue& value) {
  FileSum sum;
  ASSIGN_OR_RETURN(const std::int64_t size, value.GetInt("size", 0, INT64_MAX));
  ASSIGN_OR_RETURN(sum.sha256, value.GetString("sha256"));
  sum.size = static_cast<std::uint64_t>(size);
  if (sum.sha256.size() != 64 ||
      sum.sha256.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return value.Error("has sha256 \"" + sum.sha256 + "\", expected 64 lower-case hex digits");
  }
  return sum;
}

}  // namespace

bool IsInside(const std::string& file) {
  const std::filesystem::path path(file);
  return !file.empty() && path.is_relative() && file.find('\0') == std::string::npos &&
         std::all_of(path.begin(), path.end(), [](const std::filesystem::path& part) {
           return !part.empty() && part != "." && part != "..";
         });
}

Result<Manifest> ReadManifest(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kManifestFile;
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxManifestSize));
  ASSIGN_OR_RETURN(const JsonValue root, ParseJson(text, {.name = path.string()}));
  Manifest manifest;
  RETURN_IF_ERROR(root.GetInt("version", kVersion, kVersion).status());
  ASSIGN_OR_RETURN(manifest.source, root.GetString("source"));
  ASSIGN_OR_RETURN(const JsonValue files, root.Get("files"));
  ASSIGN_OR_RETURN(const std::vector<JsonMember> members, files.Members());
  for (const JsonMember& member : members) {
    if (!IsInside(member.key)) return member.value.Error("is not a path inside the model folder");
    ASSIGN_OR_RETURN(manifest.files[member.key], ParseSum(member.value));
  }
  return manifest;
}

Status WriteManifest(const std::filesystem::path& folder, const Manifest& manifest) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject().Key("version").Int(kVersion).Key("source").String(manifest.source);
  json.Key("files").BeginObject();
  for (const auto& [name, sum] : manifest.files) {
    json.Key(name).BeginObject().Key("size").UInt(sum.size);
    json.Key("sha256").String(sum.sha256).EndObject();
  }
  json.EndObject().EndObject();
  return WriteFileAtomically(folder / kManifestFile, text + "\n");
}

Result<std::map<std::string, FileSum>> VerifyManifest(const std::filesystem::path& folder,
                                                      const Manifest& manifest,
                                                      const SumOfName& sum_of) {
  std::map<std::string, FileSum> sums;
  for (const auto& [name, expected] : manifest.files) {
    const std::string path = (folder / name).string();
    ASSIGN_OR_RETURN(const FileSum found, sum_of(name));
    if (found.size != expected.size) {
      return DataLossError(path + " has " + std::to_string(found.size) +
                           " bytes, its manifest says " + std::to_string(expected.size) +
                           "; fetch the model again");
    }
    if (found.sha256 != expected.sha256) {
      return DataLossError(path + " has SHA-256 " + found.sha256 + ", its manifest says " +
                           expected.sha256 + "; fetch the model again");
    }
    sums[name] = found;
  }
  return sums;
}

}  // namespace shoal
