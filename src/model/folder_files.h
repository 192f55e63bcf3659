// What each small file of a model folder says, and what of it Shoal refuses: anything in these
// files that would make its vectors differ from those of the reference is named, never ignored.
// tokenizer_files.h reads what the tokenizer is made of. Pure: text in, meaning out. All errors are
// INVALID_ARGUMENT or UNIMPLEMENTED and begin with the file's name.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "base/status.h"
#include "json/value.h"
#include "model/model_folder.h"

namespace shoal {

// config.json.
Result<BertConfig> ParseBertConfig(const JsonValue& file);

struct Modules {
  std::string pooling_path;  // inside the folder
  bool normalize = false;
};
// modules.json: Transformer, Pooling and perhaps Normalize, in this order.
Result<Modules> ParseModules(const JsonValue& file);

// The pooling module's config.json: exactly one mode, over all tokens, those of a prompt too.
Result<Pooling> ParsePooling(const JsonValue& file, int hidden_size);

// Where the longest text is: the first of these files that says anything is read, as in the
// reference.
inline constexpr std::array<std::string_view, 7> kLengthFiles = {
    "sentence_bert_config.json",       "sentence_roberta_config.json",
    "sentence_distilbert_config.json", "sentence_camembert_config.json",
    "sentence_albert_config.json",     "sentence_xlm-roberta_config.json",
    "sentence_xlnet_config.json"};

// sentence_bert_config.json but for the length. Refused is what would give the pooling anything
// but the last hidden states of a text's tokens.
Status CheckEncoderModule(const JsonValue& sentence_bert);

// `max_seq_length` of sentence_bert_config.json, else `model_max_length` of tokenizer_config.json
// (`max_len` in old ones), else what the model has positions for. Both are empty objects where
// there is no file.
Result<int> ParseMaxTokens(const JsonValue& sentence_bert, const JsonValue& tokenizer,
                           int max_positions);

struct Prompts {
  std::map<std::string, std::string> texts;
  std::string default_name;  // empty, or a key of `texts`
};
// config_sentence_transformers.json.
Result<Prompts> ParsePrompts(const JsonValue& file);

}  // namespace shoal
