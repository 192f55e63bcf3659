#include "model/model_folder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/file.h"
#include "base/utf8.h"
#include "json/value.h"
#include "json/writer.h"
#include "model/file_kind.h"
#include "model/folder_files.h"
#include "model/json_checks.h"
#include "model/manifest.h"
#include "model/pinned.h"
#include "model/sha256.h"
#include "model/tokenizer_files.h"

namespace shoal {
namespace {

constexpr std::size_t kMaxJsonSize = 8 << 20;
constexpr std::size_t kMaxTokenizerSize = 64 << 20;
constexpr std::size_t kMaxTokenizerValues = 4'000'000;
constexpr std::size_t kMaxVocabularySize = 256 << 20;
constexpr char kVocabularyFile[] = "vocab.txt";
constexpr char kTokenizerFile[] = "tokenizer.json";

struct Sums {
  std::map<std::string, FileSum> files;  // weights, vocabulary, and everything in the manifest
  bool has_manifest = false;
};

std::string NameOf(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::path whole = std::filesystem::absolute(path, error).lexically_normal();
  if (whole.filename().empty()) whole = whole.parent_path();
  return whole.filename().string();
}

// The files that say the same in a form which Shoal does not read.
Status ExplainMissing(const std::filesystem::path& path, const std::string& file) {
  struct Other {
    const char* wanted;
    const char* there;
    const char* advice;
  };
  constexpr Other kOthers[] = {
      {kWeightsFile, "model.safetensors.index.json",
       "the weights are in several files: merge them into one"},
      {kWeightsFile, "pytorch_model.bin", "save the weights as safetensors"},
  };
  std::error_code error;
  for (const Other& other : kOthers) {
    if (file != other.wanted || !std::filesystem::exists(path / other.there, error)) continue;
    return UnimplementedError((path / file).string() + " is missing and " + other.there +
                              " is there, Shoal supports " + file + " only: " + other.advice);
  }
  const char* const other = file == kVocabularyFile ? ", and so is tokenizer.json" : "";
  return NotFoundError((path / file).string() + " is missing" + other);
}

// The default model is read as its pinned files say, whatever lies beside them.
bool HasTokenizerFile(const std::filesystem::path& path, const std::string& name) {
  std::error_code error;
  return name != kDefaultModel && std::filesystem::exists(path / kTokenizerFile, error);
}

Status CheckPinned(const std::filesystem::path& path, const Sums& sums) {
  for (const PinnedFile& pinned : kDefaultModelFiles) {
    const std::string& found = sums.files.at(std::string(pinned.name)).sha256;
    if (found == pinned.sha256) continue;
    return DataLossError((path / pinned.name).string() + " has SHA-256 " + found + ", " +
                         std::string(kDefaultModel) + " has " + std::string(pinned.sha256) +
                         "; fetch the model again, or rename the folder if it is another model");
  }
  return {};
}

Result<Sums> CheckedSums(const std::filesystem::path& path, const std::string& name,
                         RememberedSums* remembered) {
  const auto sum_of = [&](const std::string& file) {
    const bool may_remember = remembered != nullptr && file == kWeightsFile;
    return may_remember ? remembered->SumOf(path / file) : SumOfFile(path / file);
  };
  // First: of such a file any sum is wrong, and what to do about it is another thing.
  RETURN_IF_ERROR(CheckKind(path / kWeightsFile, FileFormat::kSafeTensors));
  RETURN_IF_ERROR(CheckKind(path / kVocabularyFile, FileFormat::kVocabulary));
  Sums sums;
  const Result<Manifest> manifest = ReadManifest(path);
  if (manifest.ok()) {
    sums.has_manifest = true;
    ASSIGN_OR_RETURN(sums.files, VerifyManifest(path, *manifest, sum_of));
  } else if (manifest.status().code() != StatusCode::kNotFound) {
    return manifest.status();
  }
  for (const char* file : {kWeightsFile, kVocabularyFile}) {
    if (sums.files.contains(file)) continue;
    const bool is_needed =
        file != std::string_view(kVocabularyFile) || !HasTokenizerFile(path, name);
    if (sums.has_manifest && !is_needed) continue;
    if (sums.has_manifest) {
      return InvalidArgumentError((path / kManifestFile).string() + " does not list " + file);
    }
    const Result<FileSum> sum = sum_of(file);
    if (sum.status().code() == StatusCode::kNotFound) {
      if (!is_needed) continue;
      return ExplainMissing(path, file);
    }
    ASSIGN_OR_RETURN(sums.files[file], sum);
  }
  if (name == kDefaultModel) RETURN_IF_ERROR(CheckPinned(path, sums));
  return sums;
}

// The small files of one folder. A file that is read must be in the manifest, if there is one.
class Reader {
 public:
  Reader(const std::filesystem::path& folder, const Sums& sums) : folder_(folder), sums_(sums) {}

  Result<JsonValue> Read(const std::string& file) const {
    const std::filesystem::path path = folder_ / file;
    const bool is_large = file == kTokenizerFile;
    ASSIGN_OR_RETURN(const std::string text,
                     ReadFile(path, is_large ? kMaxTokenizerSize : kMaxJsonSize));
    if (sums_.has_manifest && !sums_.files.contains(file)) {
      return InvalidArgumentError((folder_ / kManifestFile).string() + " does not list " + file);
    }
    RETURN_IF_ERROR(CheckKind(path.string(), FileFormat::kJson, text));
    JsonOptions options{.name = path.string()};
    if (is_large) options.max_values = kMaxTokenizerValues;
    return ParseJson(text, options);
  }

  // Nothing where there is no such file.
  Result<std::optional<JsonValue>> ReadIfThere(const std::string& file) const {
    Result<JsonValue> value = Read(file);
    if (value.ok()) return std::optional(*std::move(value));
    if (value.status().code() == StatusCode::kNotFound) return std::optional<JsonValue>();
    return value.status();
  }

  // An empty object where there is no such file.
  Result<JsonValue> ReadOrEmpty(const std::string& file) const {
    ASSIGN_OR_RETURN(std::optional<JsonValue> value, ReadIfThere(file));
    return value.has_value() ? Result<JsonValue>(*std::move(value)) : ParseJson("{}");
  }

 private:
  const std::filesystem::path& folder_;
  const Sums& sums_;
};

Result<std::vector<VocabularyToken>> ReadVocabularyFile(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(const std::string lines, ReadFile(path, kMaxVocabularySize));
  if (const auto bad = FirstInvalidUtf8(lines)) {
    return InvalidArgumentError(path.string() + ": invalid UTF-8 at byte " + std::to_string(*bad));
  }
  Result<std::vector<VocabularyToken>> vocabulary = ReadVocabulary(lines);
  return vocabulary.ok() ? std::move(vocabulary) : vocabulary.status().At(path.string());
}

// That of vocab.txt, where it says what the tokenizer has; else of the vocab.txt that would.
std::string VocabularySum(const ModelFolder& folder, const Sums& sums) {
  const std::vector<VocabularyToken>& tokens = folder.tokenizer.vocabulary;
  if (const auto sum = sums.files.find(kVocabularyFile); sum != sums.files.end()) {
    const auto vocabulary = ReadVocabularyFile(folder.path / kVocabularyFile);
    if (vocabulary.ok() && *vocabulary == tokens) return sum->second.sha256;
  }
  std::string lines;
  std::int32_t line = 0;
  for (const VocabularyToken& token : tokens) {
    if (token.id != line || token.text.find_first_of("\r\n") != token.text.npos) {
      lines += std::to_string(token.id) + "\n" + std::to_string(token.text.size()) + "\n";
    }
    lines += token.text + "\n";
    line = token.id + 1;
  }
  return Sha256Of(lines);
}

// What no vocab.txt says. Nothing where the tokenizer is that of the vocabulary alone.
void WriteTokenizer(const TokenizerSpec& spec, JsonWriter& json) {
  if (spec == BertTokenizerSpec(spec.vocabulary, spec.lower_case)) return;
  json.BeginArray();
  for (const std::string& text : {spec.unknown, spec.first, spec.last, spec.continuing_prefix}) {
    json.String(text);
  }
  json.Int(spec.max_word_characters).Bool(spec.strip_accents).Bool(spec.split_ideographs);
  for (const AddedToken& token : spec.added) {
    json.Int(token.id).String(token.content).Bool(token.single_word).Bool(token.lstrip);
    json.Bool(token.rstrip).Bool(token.normalized).Bool(token.special);
  }
  json.EndArray();
}

std::string Digest(const ModelFolder& folder, const Sums& sums) {
  std::string text;
  JsonWriter json(text);
  json.BeginArray().String("shoal model 1");
  json.String(sums.files.at(kWeightsFile).sha256).String(VocabularySum(folder, sums));
  const BertConfig& config = folder.config;
  for (const int size :
       {config.vocabulary_size, config.hidden_size, config.layers, config.heads,
        config.intermediate_size, config.max_positions, config.token_types, folder.max_tokens}) {
    json.Int(size);
  }
  json.Float(config.layer_norm_epsilon);
  json.Int(static_cast<int>(folder.pooling)).Bool(folder.normalize);
  json.Bool(folder.tokenizer.lower_case);
  json.String(folder.default_prompt_name).BeginObject();
  for (const auto& [name, prompt] : folder.prompts) json.Key(name).String(prompt);
  json.EndObject();
  WriteTokenizer(folder.tokenizer, json);
  json.EndArray();
  return Sha256Of(text);
}

// `config`: config.json.
Result<TokenizerSpec> ReadTokenizerSpec(const Reader& reader, const ModelFolder& folder,
                                        const JsonValue& config) {
  const int rows = folder.config.vocabulary_size;
  TokenizerFiles files;
  ASSIGN_OR_RETURN(files.config, reader.ReadIfThere("tokenizer_config.json"));
  const bool is_named = files.config && Given(*files.config, "tokenizer_class");
  if (const auto name = Given(config, "tokenizer_class"); name && !is_named) {
    RETURN_IF_ERROR(CheckTokenizerClass(config));
    ASSIGN_OR_RETURN(files.model_class, name->AsString());
  }
  if (HasTokenizerFile(folder.path, folder.name)) {
    ASSIGN_OR_RETURN(files.tokenizer, reader.Read(kTokenizerFile));
  } else {
    const std::filesystem::path path = folder.path / kVocabularyFile;
    ASSIGN_OR_RETURN(files.vocabulary, ReadVocabularyFile(path));
    if (files.vocabulary->size() > static_cast<std::size_t>(rows)) {
      return InvalidArgumentError(
          path.string() + " has " + std::to_string(files.vocabulary->size()) +
          " tokens, expected at most vocab_size of config.json, " + std::to_string(rows));
    }
  }
  if (folder.name != kDefaultModel) {
    ASSIGN_OR_RETURN(files.special_tokens_map, reader.ReadIfThere("special_tokens_map.json"));
    ASSIGN_OR_RETURN(files.added_tokens, reader.ReadIfThere("added_tokens.json"));
  }
  return ReadTokenizer(files, rows);
}

// The files that sentence-transformers adds to those of transformers. Without modules.json none of
// them counts, as in the reference: a folder of transformers is pooled by the mean.
struct SentenceFiles {
  JsonValue sentence_bert;  // an empty object where there is none
  bool has_modules = false;
  bool has_length_file = false;
};

Result<SentenceFiles> ReadSentenceFiles(const Reader& reader, ModelFolder& folder) {
  ASSIGN_OR_RETURN(const JsonValue none, ParseJson("{}"));
  SentenceFiles files{.sentence_bert = none};
  const Result<JsonValue> modules_file = reader.Read("modules.json");
  if (modules_file.status().code() == StatusCode::kNotFound) return files;
  RETURN_IF_ERROR(modules_file.status());
  files.has_modules = true;
  ASSIGN_OR_RETURN(const Modules modules, ParseModules(*modules_file));
  folder.normalize = modules.normalize;
  ASSIGN_OR_RETURN(const JsonValue pooling, reader.Read(modules.pooling_path + "/config.json"));
  ASSIGN_OR_RETURN(folder.pooling, ParsePooling(pooling, folder.config.hidden_size));

  for (const std::string_view name : kLengthFiles) {
    const Result<JsonValue> file = reader.Read(std::string(name));
    if (file.status().code() == StatusCode::kNotFound) continue;
    RETURN_IF_ERROR(file.status());
    files.has_length_file = true;
    if (file->is_object() && file->size() == 0) continue;
    files.sentence_bert = *file;
    break;
  }
  RETURN_IF_ERROR(CheckEncoderModule(files.sentence_bert));

  ASSIGN_OR_RETURN(const JsonValue transformers,
                   reader.ReadOrEmpty("config_sentence_transformers.json"));
  ASSIGN_OR_RETURN(Prompts prompts, ParsePrompts(transformers));
  folder.prompts = std::move(prompts.texts);
  folder.default_prompt_name = std::move(prompts.default_name);
  return files;
}

// Empty: the folder says it all.
std::string WhatWasAssumed(const SentenceFiles& files, int max_tokens) {
  if (files.has_modules && files.has_length_file) return "";
  const std::string length = "texts of at most " + std::to_string(max_tokens) +
                             " tokens (model_max_length of tokenizer_config.json, at most "
                             "max_position_embeddings of config.json)";
  if (files.has_modules) return "no sentence_bert_config.json: " + length;
  return "no modules.json: mean pooling, no Normalize, no prompts, " + length +
         "; 1_Pooling, sentence_bert_config.json and config_sentence_transformers.json do not "
         "count";
}

Status ReadSmallFiles(const Reader& reader, ModelFolder& folder) {
  ASSIGN_OR_RETURN(const JsonValue config, reader.Read("config.json"));
  ASSIGN_OR_RETURN(folder.config, ParseBertConfig(config));
  ASSIGN_OR_RETURN(const SentenceFiles files, ReadSentenceFiles(reader, folder));
  ASSIGN_OR_RETURN(const JsonValue tokenizer, reader.ReadOrEmpty("tokenizer_config.json"));
  ASSIGN_OR_RETURN(folder.max_tokens,
                   ParseMaxTokens(files.sentence_bert, tokenizer, folder.config.max_positions));
  ASSIGN_OR_RETURN(folder.tokenizer, ReadTokenizerSpec(reader, folder, config));
  // True where the tokenizer keeps case would lower-case but keep accents; false says nothing.
  if (!folder.tokenizer.lower_case) {
    RETURN_IF_ERROR(OnlyBool(files.sentence_bert, "do_lower_case", false));
  }
  folder.assumed = WhatWasAssumed(files, folder.max_tokens);
  return {};
}

Result<ModelFolder> Open(const std::filesystem::path& path, RememberedSums* remembered) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    return NotFoundError(path.string() + " is not a folder, expected a model's");
  }
  ModelFolder folder;
  folder.path = path;
  folder.name = NameOf(path);
  if (FirstInvalidUtf8(folder.name)) {  // clients are told the name
    return InvalidArgumentError(path.string() + ": the name of the folder is not UTF-8: rename it");
  }
  ASSIGN_OR_RETURN(const Sums sums, CheckedSums(path, folder.name, remembered));
  RETURN_IF_ERROR(ReadSmallFiles(Reader(path, sums), folder));
  folder.weights_sha256 = sums.files.at(kWeightsFile).sha256;
  folder.digest = Digest(folder, sums);
  return folder;
}

// The folder that a model of this repository was fetched into.
Result<std::filesystem::path> FindFetched(const std::string& repository) {
  ASSIGN_OR_RETURN(const std::filesystem::path cache, CacheFolder());
  const std::filesystem::path path = cache / "models" / repository.substr(repository.find('/') + 1);
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    return NotFoundError("\"" + repository + "\" is neither a folder nor a model in " +
                         (cache / "models").string() + ": run `shoal model fetch " + repository +
                         "`, or start with --fetch");
  }
  const Status same = CheckFetchedFrom(path, repository);
  if (same.ok()) return path;
  return Status(same.code(), same.message() + ", then run `shoal model fetch " + repository + "`");
}

}  // namespace

Result<ModelFolder> OpenModelFolder(const std::filesystem::path& path, RememberedSums* remembered) {
  Result<ModelFolder> folder = Open(path, remembered);
  if (remembered == nullptr || folder.status().code() != StatusCode::kDataLoss) return folder;
  remembered->Forget(path / kWeightsFile);
  return Open(path, remembered);
}

Status CheckReadWeights(const ModelFolder& folder, std::span<const std::byte> content) {
  const std::string found =
      Sha256Of({reinterpret_cast<const char*>(content.data()), content.size()});
  if (found == folder.weights_sha256) return {};
  const std::filesystem::path path = folder.path / kWeightsFile;
  RememberedSums::InCacheFolder().Forget(path);
  return DataLossError(path.string() + " has SHA-256 " + found + ", expected " +
                       folder.weights_sha256 +
                       ", which it had when it was last checked; if you changed it, start again");
}

bool IsRepository(std::string_view text) {
  const auto is_part = [](std::string_view part) {
    constexpr std::string_view kLetters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return !part.empty() && part != "." && part != ".." &&
           part.find_first_not_of(kLetters) == part.npos;
  };
  const std::size_t slash = text.find('/');
  return slash != text.npos && is_part(text.substr(0, slash)) && is_part(text.substr(slash + 1));
}

Status CheckFetchedFrom(const std::filesystem::path& path, const std::string& repository) {
  if (path.filename() == kDefaultModel) return {};  // it is known by its sums
  const Result<Manifest> manifest = ReadManifest(path);
  if (manifest.ok() && manifest->source.ends_with("/" + repository)) return {};
  return {StatusCode::kAlreadyExists,
          path.string() + " is there and " +
              (manifest.ok() ? "came from " + manifest->source : "has no manifest") +
              ", not from " + repository + ": rename it to have both"};
}

Result<std::filesystem::path> FindModel(const std::string& name_or_path) {
  if (name_or_path.empty()) return InvalidArgumentError("a model's name or folder is empty");
  std::error_code error;
  if (name_or_path.find('/') != std::string::npos || name_or_path == "." || name_or_path == "..") {
    if (std::filesystem::is_directory(name_or_path, error)) {
      return std::filesystem::path(name_or_path);
    }
    if (IsRepository(name_or_path)) return FindFetched(name_or_path);
    return NotFoundError(name_or_path + " is not a folder, expected a model's");
  }
  ASSIGN_OR_RETURN(const std::filesystem::path cache, CacheFolder());
  const std::filesystem::path path = cache / "models" / name_or_path;
  if (std::filesystem::is_directory(path, error)) return path;
  const std::string command = name_or_path == kDefaultModel
                                  ? "shoal model fetch"
                                  : "shoal model fetch ORGANIZATION/" + name_or_path;
  return NotFoundError("no model \"" + name_or_path + "\" in " + (cache / "models").string() +
                       ": run `" + command +
                       "`, start with --fetch, or give a folder with a '/' in its path");
}

}  // namespace shoal
