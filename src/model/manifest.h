// shoal-manifest.json: what `shoal model fetch` brought, so that a file that rotted or was changed
// is noticed before it computes wrong vectors.
//
//   {"version": 1, "source": "https://huggingface.co/org/name",
//    "files": {"1_Pooling/config.json": {"size": 190, "sha256": "..."}, ...}}
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "base/status.h"
#include "model/sha256.h"

namespace shoal {

inline constexpr char kManifestFile[] = "shoal-manifest.json";

struct Manifest {
  std::string source;                    // where the files came from, for people
  std::map<std::string, FileSum> files;  // by path inside the folder, '/' between parts
};

// NOT_FOUND: the folder has none. INVALID_ARGUMENT: it is not a manifest, or names a file outside.
Result<Manifest> ReadManifest(const std::filesystem::path& folder);

Status WriteManifest(const std::filesystem::path& folder, const Manifest& manifest);

// The sum of a file of the folder as it is now.
using SumOfName = std::function<Result<FileSum>(const std::string& name)>;

// The sums of all files of the manifest. DATA_LOSS names the first file that is not what the
// manifest says, NOT_FOUND one that is gone.
Result<std::map<std::string, FileSum>> VerifyManifest(const std::filesystem::path& folder,
                                                      const Manifest& manifest,
                                                      const SumOfName& sum_of);

// Whether `file` stays inside the folder it is joined to: relative, without "..", "." and empty
// parts.
bool IsInside(const std::string& file);

}  // namespace shoal
