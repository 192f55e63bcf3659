#include "model/fetch.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/file.h"
#include "base/mutex.h"
#include "json/value.h"
#include "model/download.h"
#include "model/file_kind.h"
#include "model/folder_files.h"
#include "model/manifest.h"
#include "model/model_folder.h"
#include "net/url.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxSmallFile = 256ull << 20;  // bytes
constexpr std::uint64_t kMaxWeights = 64ull << 30;
constexpr char kPartSuffix[] = ".part";
constexpr char kOldSuffix[] = ".old";

// Of a folder, however its path is written: "x/all-MiniLM-L6-v2/" too.
fs::path WithoutEnd(const fs::path& path) {
  return path.filename().empty() ? path.parent_path() : path;
}

void Wait(std::chrono::milliseconds duration) {
  Mutex mutex;
  CondVar never;
  const auto until = SystemClock().Now() + duration;
  MutexLock lock(mutex);
  while (SystemClock().Now() < until) never.WaitUntil(mutex, until);
}

// The name in ORGANIZATION/NAME.
Result<std::string> NameIn(const std::string& repository) {
  if (IsRepository(repository)) return repository.substr(repository.find('/') + 1);
  return InvalidArgumentError("\"" + repository +
                              "\" is not a repository, expected ORGANIZATION/NAME, e.g. " +
                              std::string(kDefaultRepository));
}

// What the caller can do about it.
Status Advise(const Status& status, const FetchOptions& options) {
  std::string advice;
  switch (status.code()) {
    case StatusCode::kNotFound:
      advice = "is \"" + options.repository + "\" a sentence encoder with safetensors weights?";
      break;
    case StatusCode::kUnauthenticated:
    case StatusCode::kPermissionDenied:
      advice = "set HF_TOKEN to a token that may read " + options.repository;
      break;
    case StatusCode::kUnavailable:
    case StatusCode::kDeadlineExceeded:
      advice = "run it again to go on, or set HF_ENDPOINT to a mirror of the hub";
      break;
    default:
      return status;
  }
  return {status.code(), status.message() + " (" + advice + ")"};
}

// Brings the files of one model into its staging folder.
class Stage {
 public:
  Stage(const FetchOptions& options, const fs::path& folder,
        const std::function<void(const FetchProgress&)>& progress)
      : options_(options), folder_(folder), progress_(progress) {}

  // Small files first: a model that Shoal refuses costs no 90 MB.
  Status FetchAll() {
    ASSIGN_OR_RETURN(const JsonValue config, FetchJson("config.json"));
    RETURN_IF_ERROR(ParseBertConfig(config).status());
    RETURN_IF_ERROR(FetchSentenceFiles());
    RETURN_IF_ERROR(FetchTokenizerFiles());
    return Fetch(kWeightsFile, kMaxWeights);
  }

  const std::vector<std::string>& files() const { return files_; }

 private:
  // None of them is there for a model of transformers alone, which has no modules.json.
  Status FetchSentenceFiles() {
    ASSIGN_OR_RETURN(const bool has_modules, FetchIfThere("modules.json"));
    if (!has_modules) return {};
    ASSIGN_OR_RETURN(const JsonValue modules_file, ReadJson("modules.json"));
    ASSIGN_OR_RETURN(const Modules modules, ParseModules(modules_file));
    RETURN_IF_ERROR(Fetch(modules.pooling_path + "/config.json", kMaxSmallFile));
    for (const std::string_view name : kLengthFiles) {
      ASSIGN_OR_RETURN(const bool is_there, FetchIfThere(std::string(name)));
      if (is_there) break;
    }
    return FetchIfThere("config_sentence_transformers.json").status();
  }

  // A vocabulary there must be: in tokenizer.json, or in vocab.txt.
  Status FetchTokenizerFiles() {
    for (const char* name :
         {"tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"}) {
      RETURN_IF_ERROR(FetchIfThere(name).status());
    }
    ASSIGN_OR_RETURN(const bool has_tokenizer, FetchIfThere("tokenizer.json"));
    if (has_tokenizer) return FetchIfThere("vocab.txt").status();
    return Fetch("vocab.txt", kMaxSmallFile);
  }

  // Whether the hub has it.
  Result<bool> FetchIfThere(const std::string& file) {
    const Status status = Fetch(file, kMaxSmallFile);
    if (status.code() == StatusCode::kNotFound) return false;
    RETURN_IF_ERROR(status);
    return true;
  }

  Status Fetch(const std::string& file, std::uint64_t max_size) {
    const fs::path path = folder_ / file;
    std::error_code error;
    if (!fs::exists(path, error)) {
      Download download;
      download.url = options_.endpoint + "/" + options_.repository + "/resolve/main/" + file;
      if (!options_.token.empty()) download.authorization = "Bearer " + options_.token;
      download.path = path;
      download.max_size = max_size;
      download.attempts = options_.attempts;
      download.sleep = options_.sleep ? options_.sleep : Wait;
      download.http = options_.http;
      download.progress = [this, &file](std::uint64_t done, std::uint64_t total) {
        if (progress_) progress_({.file = file, .done = done, .total = total});
      };
      RETURN_IF_ERROR(Run(download));
    }
    files_.push_back(file);
    return {};
  }

  Result<JsonValue> FetchJson(const std::string& file) {
    RETURN_IF_ERROR(Fetch(file, kMaxSmallFile));
    return ReadJson(file);
  }

  Result<JsonValue> ReadJson(const std::string& file) const {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(folder_ / file, kMaxSmallFile));
    RETURN_IF_ERROR(CheckKind(file, FileFormat::kJson, text));
    return ParseJson(text, {.name = file});
  }

  const FetchOptions& options_;
  const fs::path& folder_;
  const std::function<void(const FetchProgress&)>& progress_;
  std::vector<std::string> files_;  // that are there, complete
};

Status CheckPinned(const FetchOptions& options, const fs::path& destination,
                   const Manifest& manifest) {
  if (destination.filename() != kDefaultModel && options.repository != kDefaultRepository)
    return {};
  for (const PinnedFile& pinned : kDefaultModelFiles) {
    const std::string& found = manifest.files.at(std::string(pinned.name)).sha256;
    if (found == pinned.sha256) continue;
    return DataLossError(std::string(pinned.name) + " from " + manifest.source + " has SHA-256 " +
                         found + ", expected " + std::string(pinned.sha256) +
                         ": it was deleted; fetch from another HF_ENDPOINT");
  }
  return {};
}

Status CheckAndSeal(const FetchOptions& options, const fs::path& folder,
                    const fs::path& destination, const std::vector<std::string>& files) {
  Manifest manifest{.source = options.endpoint + "/" + options.repository, .files = {}};
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(manifest.files[file], SumOfFile(folder / file));
  }
  RETURN_IF_ERROR(CheckPinned(options, destination, manifest));
  RETURN_IF_ERROR(WriteManifest(folder, manifest));
  return options.check(folder);
}

// Whether the model is there, whole. ALREADY_EXISTS: something else is.
Result<bool> IsThere(const FetchOptions& options, const fs::path& destination) {
  std::error_code error;
  if (!fs::exists(destination, error)) return false;
  if (!fs::exists(destination / kManifestFile, error)) {
    if (options.check(destination).ok()) return true;
    return Status(
        StatusCode::kAlreadyExists,
        destination.string() + " is there and was not fetched by Shoal: move it away first");
  }
  RETURN_IF_ERROR(CheckFetchedFrom(destination, options.repository));
  return options.check(destination).ok();
}

// Held until the model is there: of two processes that fetch it, the second waits and then finds
// it.
Result<Descriptor> LockOf(const fs::path& destination) {
  std::error_code error;
  fs::create_directories(destination.parent_path(), error);
  if (error) return ErrnoError("make folder " + destination.parent_path().string(), error.value());
  const std::string path = destination.string() + ".lock";
  Descriptor lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.get() < 0) return ErrnoError("open " + path, errno);
  while (flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return ErrnoError("lock " + path, errno);
  }
  return lock;
}

// Puts `folder` in the place of `destination`.
Status Replace(const fs::path& folder, const fs::path& destination) {
  const fs::path old = destination.string() + kOldSuffix;
  std::error_code error;
  fs::remove_all(old, error);
  if (!error && fs::exists(destination, error)) fs::rename(destination, old, error);
  if (!error) fs::rename(folder, destination, error);
  if (error) return ErrnoError("put the model at " + destination.string(), error.value());
  fs::remove_all(old, error);
  return {};
}

}  // namespace

Result<fs::path> ModelsFolder() {
  ASSIGN_OR_RETURN(const fs::path cache, CacheFolder());
  return cache / "models";
}

Result<FetchOptions> FetchOptionsFromEnvironment(const std::string& repository) {
  FetchOptions options;
  options.repository = repository.find('/') == std::string::npos
                           ? "sentence-transformers/" + repository
                           : repository;
  ASSIGN_OR_RETURN(const std::string name, NameIn(options.repository));
  ASSIGN_OR_RETURN(const fs::path models, ModelsFolder());
  options.destination = models / name;
  const char* endpoint = std::getenv("HF_ENDPOINT");
  if (endpoint != nullptr && endpoint[0] != '\0') options.endpoint = endpoint;
  const char* token = std::getenv("HF_TOKEN");
  if (token != nullptr) options.token = token;
  return options;
}

Status FetchModel(const FetchOptions& given,
                  const std::function<void(const FetchProgress&)>& progress) {
  FetchOptions options = given;
  while (options.endpoint.ends_with('/')) options.endpoint.pop_back();
  RETURN_IF_ERROR(NameIn(options.repository).status());
  RETURN_IF_ERROR(ParseUrl(options.endpoint).status());

  const fs::path destination = WithoutEnd(options.destination);
  CHECK(!destination.empty(), "the caller says where the model goes");
  CHECK(options.check != nullptr, "the caller says what a model must pass");
  std::error_code error;
  ASSIGN_OR_RETURN(const bool is_there, IsThere(options, destination));
  if (is_there) return {};
  ASSIGN_OR_RETURN(const Descriptor lock, LockOf(destination));
  ASSIGN_OR_RETURN(const bool came_meanwhile, IsThere(options, destination));
  if (came_meanwhile) return {};
  const fs::path folder = destination.string() + kPartSuffix;
  Stage stage(options, folder, progress);
  Status status = stage.FetchAll();
  const bool refused =
      status.code() == StatusCode::kInvalidArgument || status.code() == StatusCode::kUnimplemented;
  if (!status.ok() && !refused) return Advise(status, options);
  if (status.ok()) status = CheckAndSeal(options, folder, destination, stage.files());
  if (!status.ok()) {
    fs::remove_all(folder, error);  // going on with it would only fail again
    return status;
  }
  return Replace(folder, destination);
}

Result<std::vector<ListedModel>> ListModels(const fs::path& folder) {
  std::vector<ListedModel> models;
  std::error_code error;
  if (!fs::exists(folder, error)) return models;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code inner;
    if (!fs::exists(entry->path() / "config.json", inner)) continue;
    ListedModel model{.name = entry->path().filename(), .path = entry->path(), .size = 0};
    if (model.name.ends_with(kPartSuffix) || model.name.ends_with(kOldSuffix)) continue;
    for (fs::recursive_directory_iterator file(entry->path(), inner), last; !inner && file != last;
         file.increment(inner)) {
      if (file->is_regular_file(inner)) model.size += file->file_size(inner);
    }
    models.push_back(std::move(model));
  }
  if (error) return ErrnoError("list " + folder.string(), error.value());
  std::sort(models.begin(), models.end(),
            [](const ListedModel& a, const ListedModel& b) { return a.name < b.name; });
  return models;
}

}  // namespace shoal
