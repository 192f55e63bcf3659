#include "model/folder_files.h"

#include <cmath>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "model/manifest.h"

namespace shoal {
namespace {

constexpr std::int64_t kMaxVocabulary = 10'000'000;
constexpr std::int64_t kMaxWidth = 65'536;
constexpr std::int64_t kMaxLayers = 1'024;
constexpr std::int64_t kMaxPositions = 1'000'000;

// A member that may be absent or null.
std::optional<JsonValue> Given(const JsonValue& object, std::string_view key) {
  std::optional<JsonValue> value = object.Find(key);
  if (value.has_value() && value->is_null()) value.reset();
  return value;
}

Status Unsupported(const JsonValue& at, std::string_view found, std::string_view expected) {
  return UnimplementedError(at.Where() + "is " + std::string(found) + ", Shoal supports " +
                            std::string(expected));
}

// Where `key` is given it must be `expected`.
Status OnlyString(const JsonValue& object, std::string_view key,
                  const std::set<std::string>& accepted) {
  const std::optional<JsonValue> value = Given(object, key);
  if (!value.has_value()) return {};
  ASSIGN_OR_RETURN(const std::string text, value->AsString());
  if (accepted.contains(text)) return {};
  return Unsupported(*value, "\"" + text + "\"", "\"" + *accepted.begin() + "\"");
}

Status OnlyBool(const JsonValue& object, std::string_view key, bool expected) {
  const std::optional<JsonValue> value = Given(object, key);
  if (!value.has_value()) return {};
  ASSIGN_OR_RETURN(const bool found, value->AsBool());
  if (found == expected) return {};
  return Unsupported(*value, found ? "true" : "false", expected ? "true" : "false");
}

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
    for (const JsonValue& name : names) {
      ASSIGN_OR_RETURN(const std::string text, name.AsString());
      if (text != "BertModel") return Unsupported(name, "\"" + text + "\"", "\"BertModel\"");
    }
  }
  RETURN_IF_ERROR(file.Get("hidden_act").status());
  RETURN_IF_ERROR(OnlyString(file, "hidden_act", {"gelu"}));
  RETURN_IF_ERROR(OnlyString(file, "position_embedding_type", {"absolute"}));
  RETURN_IF_ERROR(OnlyBool(file, "is_decoder", false));
  return OnlyBool(file, "add_cross_attention", false);
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
  constexpr std::string_view kPrefix = "sentence_transformers.models.";
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
    if (i >= 3 || name != std::string(kPrefix) + std::string(kExpected[i])) {
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
  constexpr std::string_view kPrefix = "pooling_mode_";
  ASSIGN_OR_RETURN(const std::vector<JsonMember> members, file.Members());
  std::vector<std::string> modes;
  if (const auto mode = Given(file, "pooling_mode")) {
    ASSIGN_OR_RETURN(modes.emplace_back(), mode->AsString());
  }
  for (const JsonMember& member : members) {
    if (!member.key.starts_with(kPrefix)) continue;
    ASSIGN_OR_RETURN(const bool on, member.value.AsBool());
    if (on) modes.push_back(member.key.substr(kPrefix.size()));
  }
  if (modes.size() != 1) {
    return UnimplementedError(file.Where() + "has " + std::to_string(modes.size()) +
                              " pooling modes on, Shoal supports exactly one");
  }
  RETURN_IF_ERROR(OnlyBool(file, "include_prompt", true));
  const std::int64_t hidden = hidden_size;
  RETURN_IF_ERROR(file.GetInt("word_embedding_dimension", hidden, hidden).status());

  const std::string& mode = modes.front();
  if (mode == "mean_tokens" || mode == "mean") return Pooling::kMean;
  if (mode == "cls_token" || mode == "cls") return Pooling::kCls;
  if (mode == "max_tokens" || mode == "max") return Pooling::kMax;
  return UnimplementedError(file.Where() + "has the pooling mode \"" + mode +
                            "\", Shoal supports mean, cls and max");
}

Result<int> ParseMaxTokens(const JsonValue& file, int max_positions) {
  if (!file.is_object()) return file.Error("is not an object");
  const std::optional<JsonValue> length = Given(file, "max_seq_length");
  if (!length.has_value()) return max_positions;
  ASSIGN_OR_RETURN(const std::int64_t value, length->AsInt(3, kMaxPositions));
  if (value > max_positions) {
    return length->Error("is " + std::to_string(value) +
                         ", expected at most config.json's max_position_embeddings, " +
                         std::to_string(max_positions));
  }
  return static_cast<int>(value);
}

Result<bool> ParseLowerCase(const JsonValue& tokenizer, const JsonValue& sentence_bert) {
  bool lower_case = true;
  for (const JsonValue* file : {&sentence_bert, &tokenizer}) {  // the later one wins
    if (!file->is_object()) return file->Error("is not an object");
    if (const auto flag = Given(*file, "do_lower_case")) {
      ASSIGN_OR_RETURN(lower_case, flag->AsBool());
    }
  }
  RETURN_IF_ERROR(OnlyString(tokenizer, "tokenizer_class", {"BertTokenizer", "BertTokenizerFast"}));
  RETURN_IF_ERROR(OnlyBool(tokenizer, "tokenize_chinese_chars", true));
  RETURN_IF_ERROR(OnlyBool(tokenizer, "do_basic_tokenize", true));
  RETURN_IF_ERROR(OnlyBool(tokenizer, "strip_accents", lower_case));
  return lower_case;
}

Result<Prompts> ParsePrompts(const JsonValue& file) {
  Prompts prompts;
  if (!file.is_object()) return file.Error("is not an object");
  if (const auto texts = Given(file, "prompts")) {
    ASSIGN_OR_RETURN(const std::vector<JsonMember> members, texts->Members());
    for (const JsonMember& member : members) {
      ASSIGN_OR_RETURN(prompts.texts[member.key], member.value.AsString());
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
