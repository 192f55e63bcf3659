// A sentence encoder on disk, in the layout of Hugging Face: what its small files say. The weights
// are opened by safetensors.h.
//
//   config.json                             the encoder's shape
//   modules.json                            what follows it: Pooling, perhaps Normalize. Without it
//                                           mean pooling, and of the next four only the tokenizer's
//   1_Pooling/config.json                   how tokens become one vector
//   sentence_bert_config.json               the longest text
//   tokenizer_config.json                   the longest text where the former is mute
//   tokenizer.json, vocab.txt, ...          the tokenizer: see tokenizer_files.h
//   config_sentence_transformers.json       prompts
//   model.safetensors
//
// docs/models.md lists what is refused.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "api/tokenizer_spec.h"
#include "base/status.h"
#include "model/remembered_sums.h"

namespace shoal {

inline constexpr char kWeightsFile[] = "model.safetensors";

// config.json of a BERT encoder.
struct BertConfig {
  int vocabulary_size = 0;
  int hidden_size = 0;
  int layers = 0;
  int heads = 0;
  int intermediate_size = 0;
  int max_positions = 0;
  int token_types = 0;
  float layer_norm_epsilon = 1e-12f;
};

enum class Pooling { kMean, kCls, kMax };

struct ModelFolder {
  std::filesystem::path path;
  std::string name;  // the folder's last component
  BertConfig config;
  Pooling pooling = Pooling::kMean;
  bool normalize = false;
  int max_tokens = 0;  // special tokens included; at most config.max_positions
  TokenizerSpec tokenizer;
  std::map<std::string, std::string> prompts;  // name -> text put in front
  std::string default_prompt_name;             // empty: none
  std::string weights_sha256;                  // of the weights' file, hex
  // What files that are missing would say, as the reference assumes it, for people. Empty: nothing.
  std::string assumed;
  // SHA-256, hex, over the checksums of weights and vocabulary and over the fields above, without
  // `path`, `name` and `assumed`; of `tokenizer` over what is not as the vocabulary alone would
  // have it. Two folders with the same digest give the same vectors.
  std::string digest;
};

// Reads and checks everything but the weights' content. Where the folder has a manifest
// (shoal-manifest.json, see manifest.h) the checksums of all files are compared first; a folder
// named like the default model must have the pinned sums. Errors name file, what was found, what is
// accepted.
//
// With `remembered` the sum of the weights may come from a record. That is for starts: there,
// whatever reads the weights calls CheckReadWeights. No folder is refused on the word of a record.
Result<ModelFolder> OpenModelFolder(const std::filesystem::path& path,
                                    RememberedSums* remembered = nullptr);

// Whether `content`, which was read as the weights of `folder`, has the sum that the folder was
// opened with; else DATA_LOSS, and a sum that was remembered is forgotten.
Status CheckReadWeights(const ModelFolder& folder, std::span<const std::byte> content);

// ORGANIZATION/NAME of a hub, by its letters.
bool IsRepository(std::string_view text);

// ALREADY_EXISTS: the model at `path` was not fetched from `repository`, by its manifest. The
// default model may be from anywhere.
Status CheckFetchedFrom(const std::filesystem::path& path, const std::string& repository);

// What --model names: a folder given by path (contains '/' or is "."), else ORGANIZATION/NAME or
// NAME in <cache folder>/models/NAME. NOT_FOUND says how to fetch it, ALREADY_EXISTS that another
// repository has the name.
Result<std::filesystem::path> FindModel(const std::string& name_or_path);

}  // namespace shoal
