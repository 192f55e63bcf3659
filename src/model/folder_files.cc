#include "model/folder_files.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "model/json_checks.h"
#include "model/manifest.h"

namespace shoal {
namespace {

constexpr std::int64_t kMaxVocabulary = 10'000'000;
constexpr std::int64_t kMaxWidth = 65'536;
constexpr std::int64_t kMaxLayers = 1'024;
constexpr std::int64_t kMaxPositions = 1'000'000;
constexpr std::int64_t kMinTokens = 3;  // [CLS], one, [SEP]

Status ReadSize(const JsonValue& object, std::string_view key, std::int64_t max, int& out) {
  ASSIGN_OR_RETURN(const std::int64_t value, object.GetInt(key, 1, max));
  out = static_cast<int>(value);
  return {};
}

Status CheckArchitecture(const JsonValue& file) {
  RETURN_IF_ERROR(file.Get("model_type").status());
  RETURN_IF_ERROR(OnlyString(file, "model_type", {"bert"}));
  if (const auto architectures = Given(file, "architectures")) {
    ASSIGN_OR_RETURN(const std::vector<JsonValue> names, architectures->Elements());
    for (const JsonValue& name : names) {  // whose encoder is the same; the head is not computed
      RETURN_IF_ERROR(OneOf(name, {"BertModel", "BertForMaskedLM", "BertForPreTraining"}));
    }
  }
  RETURN_IF_ERROR(OnlyEmpty(file, "auto_map"));  // code of its own
  RETURN_IF_ERROR(file.Get("hidden_act").status());
  RETURN_IF_ERROR(OnlyString(file, "hidden_act", {"gelu"}));
  RETURN_IF_ERROR(OnlyString(file, "position_embedding_type", {"absolute"}));
  RETURN_IF_ERROR(OnlyBool(file, "is_decoder", false));
  return OnlyBool(file, "add_cross_attention", false);
}

// The names that the versions of sentence-transformers gave a module:
//   sentence_transformers.models.Pooling
//   sentence_transformers.sentence_transformer.modules.pooling.Pooling
bool IsModule(std::string_view type, std::string_view name) {
  for (const std::string_view package :
       {"sentence_transformers.models.", "sentence_transformers.base.modules.",
        "sentence_transformers.sentence_transformer.modules."}) {
    if (!type.starts_with(package)) continue;
    std::string file(name);
    file.front() = static_cast<char>(file.front() - 'A' + 'a');
    const std::string_view rest = type.substr(package.size());
    return rest == name || rest == file + "." + std::string(name);
  }
  return false;
}

// "pooling_mode" (a name, or a list of them) wins over the older flags, as in the reference.
Result<std::vector<std::string>> PoolingModes(const JsonValue& file) {
  std::vector<std::string> modes;
  if (const auto mode = Given(file, "pooling_mode")) {
    if (!mode->is_array()) {
      ASSIGN_OR_RETURN(modes.emplace_back(), mode->AsString());
      return modes;
    }
    ASSIGN_OR_RETURN(const std::vector<JsonValue> names, mode->Elements());
    for (const JsonValue& name : names) {
      ASSIGN_OR_RETURN(modes.emplace_back(), name.AsString());
    }
    return modes;
  }
  constexpr std::string_view kPrefix = "pooling_mode_";
  constexpr std::pair<std::string_view, std::string_view> kFlags[] = {
      {"cls_token", "cls"}, {"max_tokens", "max"}, {"mean_tokens", "mean"}};
  ASSIGN_OR_RETURN(const std::vector<JsonMember> members, file.Members());
  for (const JsonMember& member : members) {
    if (!member.key.starts_with(kPrefix)) continue;
    ASSIGN_OR_RETURN(const bool on, member.value.AsBool());
    if (!on) continue;
    std::string& mode = modes.emplace_back(member.key.substr(kPrefix.size()));
    for (const auto& [flag, name] : kFlags) {
      if (mode == flag) mode = name;
    }
  }
  return modes;
}

}  // namespace

Result<BertConfig> ParseBertConfig(const JsonValue& file) {
  RETURN_IF_ERROR(CheckArchitecture(file));
  BertConfig config;
  RETURN_IF_ERROR(ReadSize(file, "vocab_size", kMaxVocabulary, config.vocabulary_size));
  RETURN_IF_ERROR(ReadSize(file, "hidden_size", kMaxWidth, config.hidden_size));
  RETURN_IF_ERROR(ReadSize(file, "num_hidden_layers", kMaxLayers, config.layers));
  RETURN_IF_ERROR(ReadSize(file, "num_attention_heads", kMaxWidth, config.heads));
  RETURN_IF_ERROR(ReadSize(file, "intermediate_size", kMaxWidth, config.intermediate_size));
  RETURN_IF_ERROR(ReadSize(file, "max_position_embeddings", kMaxPositions, config.max_positions));
  RETURN_IF_ERROR(ReadSize(file, "type_vocab_size", kMaxWidth, config.token_types));
  if (config.hidden_size % config.heads != 0) {
    return file.Error("hidden_size is " + std::to_string(config.hidden_size) +
                      ", expected a multiple of num_attention_heads, " +
                      std::to_string(config.heads));
  }
  if (const auto epsilon = Given(file, "layer_norm_eps")) {
    ASSIGN_OR_RETURN(const double value, epsilon->AsDouble());
    config.layer_norm_epsilon = static_cast<float>(value);
    if (!(config.layer_norm_epsilon > 0 && config.layer_norm_epsilon < 1)) {
      return epsilon->Error("is " + std::to_string(value) + ", expected a number between 0 and 1");
    }
  }
  return config;
}

Result<Modules> ParseModules(const JsonValue& file) {
  constexpr std::string_view kExpected[] = {"Transformer", "Pooling", "Normalize"};
  ASSIGN_OR_RETURN(const std::vector<JsonValue> entries, file.Elements());
  if (entries.size() < 2) {
    return file.Error("has " + std::to_string(entries.size()) +
                      " modules, expected Transformer, Pooling and perhaps Normalize");
  }
  Modules modules;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    ASSIGN_OR_RETURN(const JsonValue type, entries[i].Get("type"));
    ASSIGN_OR_RETURN(const std::string name, type.AsString());
    if (i >= 3 || !IsModule(name, kExpected[i])) {
      return Unsupported(type, "\"" + name + "\"",
                         "Transformer, Pooling and perhaps Normalize, in this order");
    }
  }
  ASSIGN_OR_RETURN(const JsonValue encoder_path, entries[0].Get("path"));
  ASSIGN_OR_RETURN(const std::string encoder, encoder_path.AsString());
  if (!encoder.empty()) return Unsupported(encoder_path, "\"" + encoder + "\"", "\"\"");
  ASSIGN_OR_RETURN(const JsonValue pooling_path, entries[1].Get("path"));
  ASSIGN_OR_RETURN(modules.pooling_path, pooling_path.AsString());
  if (!IsInside(modules.pooling_path)) {
    return pooling_path.Error("is \"" + modules.pooling_path +
                              "\", expected a folder inside the model folder");
  }
  modules.normalize = entries.size() == 3;
  return modules;
}

Result<Pooling> ParsePooling(const JsonValue& file, int hidden_size) {
  const std::int64_t hidden = hidden_size;
  const bool renamed = Given(file, "embedding_dimension").has_value();
  RETURN_IF_ERROR(
      file.GetInt(renamed ? "embedding_dimension" : "word_embedding_dimension", hidden, hidden)
          .status());
  RETURN_IF_ERROR(OnlyBool(file, "include_prompt", true));

  ASSIGN_OR_RETURN(const std::vector<std::string> modes, PoolingModes(file));
  if (modes.size() != 1) {
    std::string names;
    for (const std::string& mode : modes) names += (names.empty() ? ": " : ", ") + mode;
    return UnimplementedError(file.Where() + "has " + std::to_string(modes.size()) +
                              " pooling modes on" + names + "; Shoal supports exactly one");
  }
  const std::string& mode = modes.front();
  if (mode == "mean") return Pooling::kMean;
  if (mode == "cls") return Pooling::kCls;
  if (mode == "max") return Pooling::kMax;
  return UnimplementedError(file.Where() + "has the pooling mode \"" + mode +
                            "\", Shoal supports mean, cls and max");
}

Status CheckEncoderModule(const JsonValue& sentence_bert) {
  if (!sentence_bert.is_object()) return sentence_bert.Error("is not an object");
  RETURN_IF_ERROR(OnlyString(sentence_bert, "transformer_task", {"feature-extraction"}));
  RETURN_IF_ERROR(OnlyString(sentence_bert, "module_output_name", {"token_embeddings"}));
  for (const char* key :
       {"processing_kwargs", "tokenizer_args", "processor_kwargs", "config_args", "config_kwargs",
        "tokenizer_name_or_path", "query_length", "document_length", "query_expansion"}) {
    RETURN_IF_ERROR(OnlyEmpty(sentence_bert, key));
  }
  const std::optional<JsonValue> modalities = Given(sentence_bert, "modality_config");
  if (!modalities.has_value()) return {};
  ASSIGN_OR_RETURN(const JsonValue text, modalities->Get("text"));
  RETURN_IF_ERROR(OnlyString(text, "method", {"forward"}));
  return OnlyString(text, "method_output_name", {"last_hidden_state"});
}

Result<int> ParseMaxTokens(const JsonValue& sentence_bert, const JsonValue& tokenizer,
                           int max_positions) {
  if (const auto length = Given(sentence_bert, "max_seq_length")) {
    ASSIGN_OR_RETURN(const std::int64_t value, length->AsInt(kMinTokens, kMaxPositions));
    if (value > max_positions) {
      return length->Error("is " + std::to_string(value) +
                           ", expected at most config.json's max_position_embeddings, " +
                           std::to_string(max_positions));
    }
    return static_cast<int>(value);
  }
  std::optional<JsonValue> length = Given(tokenizer, "model_max_length");
  if (!length) length = Given(tokenizer, "max_len");
  if (length) {
    ASSIGN_OR_RETURN(const double value, length->AsDouble());  // 1e30 stands for no limit
    if (value < max_positions) {
      ASSIGN_OR_RETURN(const std::int64_t tokens, length->AsInt(kMinTokens, max_positions));
      return static_cast<int>(tokens);
    }
  }
  return max_positions;
}

Result<Prompts> ParsePrompts(const JsonValue& file) {
  Prompts prompts;
  if (!file.is_object()) return file.Error("is not an object");
  RETURN_IF_ERROR(OnlyString(file, "model_type", {"SentenceTransformer"}));
  if (const auto texts = Given(file, "prompts")) {
    ASSIGN_OR_RETURN(const std::vector<JsonMember> members, texts->Members());
    for (const JsonMember& member : members) {
      std::string& text = prompts.texts[member.key];
      if (!member.value.is_null()) {
        ASSIGN_OR_RETURN(text, member.value.AsString());
      }
    }
  }
  if (const auto name = Given(file, "default_prompt_name")) {
    ASSIGN_OR_RETURN(prompts.default_name, name->AsString());
    if (!prompts.texts.contains(prompts.default_name)) {
      return name->Error("is \"" + prompts.default_name + "\", expected one of the prompts");
    }
  }
  return prompts;
}

}  // namespace shoal
