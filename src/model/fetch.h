// `shoal model fetch`: a model from a Hugging Face hub into a folder, whole or not at all.
//
// Files are written to `<destination>.part/`, each as `<file>.part` until it is complete. What
// broke off goes on where it stopped, in this call or a later one, if the server still has the same
// content (ETag). Only when everything is there, the pinned sums of the default model are right,
// and the folder passes the caller's check, it gets its manifest and, by one rename, its name. So a
// folder with a name is usable.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "model/pinned.h"
#include "net/http_client.h"

namespace shoal {

struct FetchOptions {
  std::string repository = std::string(kDefaultRepository);  // ORGANIZATION/NAME
  std::string endpoint = "https://huggingface.co";
  std::string token;                  // empty: anonymous. Sent to the endpoint only
  std::filesystem::path destination;  // of a model named like its last component
  // What a folder must pass to be a model that this program starts with; the caller knows its
  // kernels and its tokenizer.
  std::function<Status(const std::filesystem::path&)> check;
  int attempts = 5;  // per file, when connections break or the hub is overloaded
  // Between attempts: 1 s, 2 s, 4 s, ... Empty: really waits.
  std::function<void(std::chrono::milliseconds)> sleep;
  HttpClientOptions http;
};

// Of `repository` (a name without '/' is sentence-transformers'), into <cache folder>/models/NAME,
// with HF_ENDPOINT and HF_TOKEN where they are set; `check` is the caller's to give.
Result<FetchOptions> FetchOptionsFromEnvironment(const std::string& repository);

struct FetchProgress {
  std::string file;
  std::uint64_t done = 0;   // bytes of this file, those of earlier calls included
  std::uint64_t total = 0;  // 0: not known
};

// Blocks, also while another process fetches the same model. `progress` may be empty. OK at once
// when the destination is a complete model that passes `check`. One that does not is replaced if
// Shoal fetched it from this repository, else ALREADY_EXISTS. DATA_LOSS: wrong sums, what was
// fetched is deleted. NOT_FOUND: no such repository or file. UNAVAILABLE: try again.
Status FetchModel(const FetchOptions& options,
                  const std::function<void(const FetchProgress&)>& progress);

struct ListedModel {
  std::string name;
  std::filesystem::path path;
  std::uint64_t size = 0;  // bytes of all files
};

// The models in `folder`, by name; half-fetched ones are not listed. None when there is no folder.
Result<std::vector<ListedModel>> ListModels(const std::filesystem::path& folder);

// <cache folder>/models.
Result<std::filesystem::path> ModelsFolder();

}  // namespace shoal
