#include "model/tokenizer_files.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "model/added_token_ids.h"
#include "model/json_checks.h"

namespace shoal {
namespace {

constexpr std::int64_t kMostIds = 10'000'000;
constexpr std::size_t kMostVocabularyBytes = 8'000'000;

// In the order in which the reference adds them.
constexpr std::string_view kNames[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                       "pad_token", "cls_token", "mask_token"};

Status ReadFlag(const JsonValue& object, std::string_view key, bool& flag) {
  if (const auto value = Given(object, key)) {
    ASSIGN_OR_RETURN(flag, value->AsBool());
  }
  return {};
}

// A string, or an object with the flags.
Result<TokenToAdd> ReadToken(const JsonValue& value, bool special) {
  TokenToAdd out{.where = value.Where()};
  out.token.special = special;
  if (!value.is_object()) {
    ASSIGN_OR_RETURN(out.token.content, value.AsString());
    return out;
  }
  ASSIGN_OR_RETURN(out.token.content, value.GetString("content"));
  RETURN_IF_ERROR(ReadFlag(value, "single_word", out.token.single_word));
  RETURN_IF_ERROR(ReadFlag(value, "lstrip", out.token.lstrip));
  RETURN_IF_ERROR(ReadFlag(value, "rstrip", out.token.rstrip));
  if (!special) RETURN_IF_ERROR(ReadFlag(value, "special", out.token.special));
  if (Given(value, "normalized")) {
    ASSIGN_OR_RETURN(out.normalized, value.GetBool("normalized"));
  }
  return out;
}

// ---- the special tokens ----

struct SpecialTokens {
  std::map<std::string, TokenToAdd> named;  // of kNames
  std::vector<TokenToAdd> others;           // in the order in which they are added

  bool Name(const std::string& content) const {
    return std::ranges::any_of(
        named, [&](const auto& entry) { return entry.second.token.content == content; });
  }
  // Whether a file says so: not only the reference.
  bool Has(const std::string& content) const {
    const auto is_it = [&](const TokenToAdd& token) {
      return !token.in_no_file && token.token.content == content;
    };
    return std::ranges::any_of(named, [&](const auto& entry) { return is_it(entry.second); }) ||
           std::ranges::any_of(others, is_it);
  }
};

bool IsName(std::string_view key) { return std::ranges::find(kNames, key) != std::end(kNames); }

// A list of tokens, or an object of them.
Status ReadOthers(const JsonValue& tokens, SpecialTokens& special) {
  std::vector<JsonValue> values;
  if (tokens.is_object()) {
    ASSIGN_OR_RETURN(const std::vector<JsonMember> members, tokens.Members());
    for (const JsonMember& member : members) values.push_back(member.value);
  } else {
    ASSIGN_OR_RETURN(values, tokens.Elements());
  }
  for (const JsonValue& value : values) {
    ASSIGN_OR_RETURN(special.others.emplace_back(), ReadToken(value, true));
  }
  return {};
}

// "NAME_token" of `file`. A null says that there is none; but the three in use must be.
Status ReadNames(const JsonValue& file, SpecialTokens& special) {
  ASSIGN_OR_RETURN(const std::vector<JsonMember> members, file.Members());
  for (const JsonMember& member : members) {
    const JsonValue& value = member.value;
    if (!member.key.ends_with("_token")) continue;
    if (!IsName(member.key)) {
      if (!value.is_string() && !value.is_object()) continue;  // such as add_bos_token
      ASSIGN_OR_RETURN(special.others.emplace_back(), ReadToken(value, true));
    } else if (!value.is_null()) {
      ASSIGN_OR_RETURN(special.named[member.key], ReadToken(value, true));
    } else if (member.key == "unk_token" || member.key == "cls_token" ||
               member.key == "sep_token") {
      return Unsupported(value, "null", "a token");
    } else {
      special.named.erase(member.key);
    }
  }
  return {};
}

// Those that BertTokenizer has where no file names others.
void NameDefaults(SpecialTokens& special) {
  constexpr std::pair<const char*, const char*> kDefaults[] = {{"unk_token", "[UNK]"},
                                                               {"sep_token", "[SEP]"},
                                                               {"pad_token", "[PAD]"},
                                                               {"cls_token", "[CLS]"},
                                                               {"mask_token", "[MASK]"}};
  for (const auto& [name, content] : kDefaults) {
    special.named[name] = {.token = {.content = content, .special = true},
                           .where = std::string("tokenizer_config.json: ") + name + " ",
                           .in_no_file = true};
  }
}

// ---- the added tokens ----

using Numbered = std::map<std::int64_t, TokenToAdd>;  // by the ids that files state

Result<Numbered> ReadAddedTokensDecoder(const JsonValue& decoder) {
  Numbered numbered;
  ASSIGN_OR_RETURN(const std::vector<JsonMember> members, decoder.Members());
  for (const auto& [key, value] : members) {
    if (key.empty() || key.size() > 9 || key.find_first_not_of("0123456789") != key.npos) {
      return decoder.Error("has the key \"" + key + "\", expected an id");
    }
    ASSIGN_OR_RETURN(TokenToAdd token, ReadToken(value, false));
    const std::int64_t id = std::stoll(key);
    token.stated_id = id;
    if (!numbered.emplace(id, std::move(token)).second) {
      return decoder.Error("has the id " + std::to_string(id) + " twice");
    }
  }
  return numbered;
}

// added_tokens.json: content -> id.
Status ReadAddedTokensFile(const JsonValue& file, const SpecialTokens& special,
                           Numbered& numbered) {
  ASSIGN_OR_RETURN(const std::vector<JsonMember> members, file.Members());
  for (const auto& [content, value] : members) {
    ASSIGN_OR_RETURN(const std::int64_t id, value.AsInt(0, kMostIds));
    numbered[id] = {.token = {.content = content, .special = special.Has(content)},
                    .stated_id = id,
                    .where = value.Where()};
  }
  return {};
}

// `added_tokens` of tokenizer.json.
Result<std::vector<TokenToAdd>> ReadAddedTokens(const JsonValue& tokenizer) {
  std::vector<TokenToAdd> tokens;
  ASSIGN_OR_RETURN(const JsonValue list, tokenizer.Get("added_tokens"));
  ASSIGN_OR_RETURN(const std::vector<JsonValue> elements, list.Elements());
  for (const JsonValue& element : elements) {
    for (const char* key : {"single_word", "lstrip", "rstrip", "normalized", "special"}) {
      RETURN_IF_ERROR(element.GetBool(key).status());
    }
    ASSIGN_OR_RETURN(TokenToAdd token, ReadToken(element, false));
    ASSIGN_OR_RETURN(token.stated_id, element.GetInt("id", 0, kMostIds));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

// ---- tokenizer.json ----

Status OnlyType(const JsonValue& tokenizer, std::string_view key, std::string_view type) {
  ASSIGN_OR_RETURN(const JsonValue value, tokenizer.Get(key));
  if (value.is_null()) return Unsupported(value, "null", type);
  ASSIGN_OR_RETURN(const JsonValue found, value.Get("type"));
  return OneOf(found, {type});
}

struct Frame {
  std::string first, last;
  std::int64_t first_id = 0, last_id = 0;
};

// {"cls": ["[CLS]", 101], "sep": ["[SEP]", 102]}
Status ReadPair(const JsonValue& processor, std::string_view key, std::string& text,
                std::int64_t& id) {
  ASSIGN_OR_RETURN(const JsonValue value, processor.Get(key));
  ASSIGN_OR_RETURN(const std::vector<JsonValue> pair, value.Elements());
  if (pair.size() != 2) return value.Error("is not a token and its id");
  ASSIGN_OR_RETURN(text, pair[0].AsString());
  ASSIGN_OR_RETURN(id, pair[1].AsInt(0, kMostIds));
  return {};
}

// The token at one end of the template, and its id in `special_tokens`.
Status ReadEnd(const JsonValue& processor, const JsonValue& item, std::string& text,
               std::int64_t& id) {
  ASSIGN_OR_RETURN(const JsonValue token, item.Get("SpecialToken"));
  ASSIGN_OR_RETURN(text, token.GetString("id"));
  ASSIGN_OR_RETURN(const JsonValue all, processor.Get("special_tokens"));
  ASSIGN_OR_RETURN(const JsonValue meaning, all.Get(text));
  ASSIGN_OR_RETURN(const JsonValue ids, meaning.Get("ids"));
  ASSIGN_OR_RETURN(const std::vector<JsonValue> elements, ids.Elements());
  if (elements.size() != 1) {
    return Unsupported(ids, "a list of " + std::to_string(elements.size()), "one id");
  }
  ASSIGN_OR_RETURN(id, elements[0].AsInt(0, kMostIds));
  return {};
}

// What stands around every text: one token in front, one behind.
Result<Frame> ReadPostProcessor(const JsonValue& tokenizer) {
  constexpr std::string_view kSupported = "TemplateProcessing or BertProcessing";
  Frame frame;
  ASSIGN_OR_RETURN(const JsonValue processor, tokenizer.Get("post_processor"));
  if (processor.is_null()) return Unsupported(processor, "null", kSupported);
  ASSIGN_OR_RETURN(const JsonValue type, processor.Get("type"));
  RETURN_IF_ERROR(OneOf(type, {"TemplateProcessing", "BertProcessing"}));
  if (type.AsString().value() == "BertProcessing") {
    RETURN_IF_ERROR(ReadPair(processor, "cls", frame.first, frame.first_id));
    RETURN_IF_ERROR(ReadPair(processor, "sep", frame.last, frame.last_id));
    return frame;
  }
  ASSIGN_OR_RETURN(const JsonValue single, processor.Get("single"));
  ASSIGN_OR_RETURN(const std::vector<JsonValue> items, single.Elements());
  if (items.size() != 3 || !items[0].Find("SpecialToken") || !items[1].Find("Sequence") ||
      !items[2].Find("SpecialToken")) {
    return Unsupported(single, "another template", "one SpecialToken, the Sequence, one more");
  }
  RETURN_IF_ERROR(ReadEnd(processor, items[0], frame.first, frame.first_id));
  RETURN_IF_ERROR(ReadEnd(processor, items[2], frame.last, frame.last_id));
  return frame;
}

Result<std::vector<VocabularyToken>> ReadModelVocabulary(const JsonValue& model,
                                                         int vocabulary_size) {
  ASSIGN_OR_RETURN(const JsonValue vocab, model.Get("vocab"));
  ASSIGN_OR_RETURN(const std::vector<JsonMember> members, vocab.Members());
  std::vector<VocabularyToken> tokens;
  std::size_t bytes = 0;
  for (const auto& [text, value] : members) {
    ASSIGN_OR_RETURN(const std::int64_t id, value.AsInt(0, kMostIds));
    if (id >= vocabulary_size) {
      return value.Error("is " + std::to_string(id) +
                         ", expected less than vocab_size of config.json, " +
                         std::to_string(vocabulary_size));
    }
    bytes += text.size();
    tokens.push_back({.text = text, .id = static_cast<std::int32_t>(id)});
  }
  if (tokens.empty()) return vocab.Error("is empty");
  if (bytes > kMostVocabularyBytes) {
    return vocab.Error("has " + std::to_string(bytes) + " bytes, expected at most " +
                       std::to_string(kMostVocabularyBytes));
  }
  std::ranges::sort(tokens, [](const VocabularyToken& a, const VocabularyToken& b) {
    return std::pair(a.id, std::string_view(a.text)) < std::pair(b.id, std::string_view(b.text));
  });
  return tokens;
}

// Everything but the vocabulary and the added tokens. The flags of the normaliser count where the
// file is taken as it is.
Status ReadTokenizerFile(const JsonValue& tokenizer, bool as_it_is, TokenizerSpec& spec) {
  RETURN_IF_ERROR(tokenizer.Get("version").status());
  RETURN_IF_ERROR(OnlyString(tokenizer, "version", {"1.0"}));
  ASSIGN_OR_RETURN(const JsonValue model, tokenizer.Get("model"));
  RETURN_IF_ERROR(OnlyString(model, "type", {"WordPiece"}));  // old files have none
  ASSIGN_OR_RETURN(const std::string unknown, model.GetString("unk_token"));
  ASSIGN_OR_RETURN(const std::string prefix, model.GetString("continuing_subword_prefix"));
  ASSIGN_OR_RETURN(const std::int64_t longest,
                   model.GetInt("max_input_chars_per_word", 1, kMostWordCharacters));
  RETURN_IF_ERROR(OnlyType(tokenizer, "normalizer", "BertNormalizer"));
  RETURN_IF_ERROR(OnlyType(tokenizer, "pre_tokenizer", "BertPreTokenizer"));
  ASSIGN_OR_RETURN(const JsonValue normalizer, tokenizer.Get("normalizer"));
  RETURN_IF_ERROR(normalizer.GetBool("clean_text").status());
  RETURN_IF_ERROR(OnlyBool(normalizer, "clean_text", true));
  if (!as_it_is) {  // versions of the reference differ in whether they obey these
    RETURN_IF_ERROR(OnlyString(model, "unk_token", {spec.unknown}));
    RETURN_IF_ERROR(OnlyString(model, "continuing_subword_prefix", {"##"}));
    if (longest == spec.max_word_characters) return {};
    return Unsupported(model.Get("max_input_chars_per_word").value(), std::to_string(longest),
                       std::to_string(spec.max_word_characters) + " under BertTokenizer");
  }
  spec.unknown = unknown;
  spec.continuing_prefix = prefix;
  spec.max_word_characters = static_cast<int>(longest);
  ASSIGN_OR_RETURN(spec.lower_case, normalizer.GetBool("lowercase"));
  ASSIGN_OR_RETURN(spec.split_ideographs, normalizer.GetBool("handle_chinese_chars"));
  spec.strip_accents = spec.lower_case;
  return ReadFlag(normalizer, "strip_accents", spec.strip_accents);
}

// ---- the folder ----

class FolderReader {
 public:
  FolderReader(const TokenizerFiles& files, const JsonValue& config, int vocabulary_size)
      : files_(files), config_(config), vocabulary_size_(vocabulary_size) {}

  Result<TokenizerSpec> Read() {
    RETURN_IF_ERROR(ReadClass());
    RETURN_IF_ERROR(ReadConfig());
    RETURN_IF_ERROR(ReadSpecialTokens());
    if (!as_it_is_) {
      spec_.unknown = special_.named.at("unk_token").token.content;
      spec_.first = special_.named.at("cls_token").token.content;
      spec_.last = special_.named.at("sep_token").token.content;
    }
    if (files_.tokenizer) {
      RETURN_IF_ERROR(ReadTokenizerFile(*files_.tokenizer, as_it_is_, spec_));
      ASSIGN_OR_RETURN(const JsonValue model, files_.tokenizer->Get("model"));
      ASSIGN_OR_RETURN(spec_.vocabulary, ReadModelVocabulary(model, vocabulary_size_));
    } else {
      spec_.vocabulary = *files_.vocabulary;
    }
    RETURN_IF_ERROR(AddTokens());
    return std::move(spec_);
  }

 private:
  Status ReadClass() {
    constexpr std::string_view kBert[] = {"BertTokenizer", "BertTokenizerFast"};
    std::string name = files_.model_class;
    if (const auto given = Given(config_, "tokenizer_class")) {
      RETURN_IF_ERROR(CheckTokenizerClass(config_));
      ASSIGN_OR_RETURN(name, given->AsString());
    }
    as_it_is_ = !name.empty() && std::ranges::find(kBert, name) == std::end(kBert);
    if (as_it_is_ && !files_.tokenizer) {
      return NotFoundError("tokenizer.json: is missing, tokenizer_class is \"" + name + "\"");
    }
    if (files_.tokenizer || files_.vocabulary) return {};
    return NotFoundError("vocab.txt: is missing, and so is tokenizer.json");
  }

  Status ReadConfig() {
    RETURN_IF_ERROR(OnlyBool(config_, "do_basic_tokenize", true));
    RETURN_IF_ERROR(OnlyBool(config_, "clean_text", true));
    RETURN_IF_ERROR(OnlyBool(config_, "split_special_tokens", false));
    RETURN_IF_ERROR(OnlyString(config_, "wordpieces_prefix", {"##"}));
    RETURN_IF_ERROR(OnlyEmpty(config_, "never_split"));
    RETURN_IF_ERROR(OnlyEmpty(config_, "fast_tokenizer_files"));
    RETURN_IF_ERROR(OnlyString(config_, "truncation_side", {"right"}));
    if (files_.tokenizer && !Given(config_, "truncation_side")) {
      if (const auto truncation = Given(*files_.tokenizer, "truncation")) {
        RETURN_IF_ERROR(OnlyString(*truncation, "direction", {"Right"}));
      }
    }
    RETURN_IF_ERROR(ReadFlag(config_, "do_lower_case", spec_.lower_case));
    RETURN_IF_ERROR(ReadFlag(config_, "tokenize_chinese_chars", spec_.split_ideographs));
    spec_.strip_accents = spec_.lower_case;
    return ReadFlag(config_, "strip_accents", spec_.strip_accents);
  }

  Status ReadSpecialTokens() {
    if (!as_it_is_) NameDefaults(special_);
    RETURN_IF_ERROR(ReadNames(config_, special_));
    auto others = Given(config_, "extra_special_tokens");
    if (!others || others->size() == 0) others = Given(config_, "additional_special_tokens");
    if (others) RETURN_IF_ERROR(ReadOthers(*others, special_));
    if (!files_.special_tokens_map || config_.Find("added_tokens_decoder")) return {};
    RETURN_IF_ERROR(ReadNames(*files_.special_tokens_map, special_));
    if (const auto more = Given(*files_.special_tokens_map, "extra_special_tokens")) {
      RETURN_IF_ERROR(ReadOthers(*more, special_));
    }
    return {};
  }

  // `additional_special_tokens` of special_tokens_map.json, where nothing else lists such tokens.
  // The reference looks at them last.
  Status ReadLateSpecialTokens() {
    if (!files_.special_tokens_map || config_.Find("added_tokens_decoder")) return {};
    const JsonValue& map = *files_.special_tokens_map;
    const auto extra = config_.Find("extra_special_tokens");
    if ((extra && !extra->is_object()) || config_.Find("additional_special_tokens") ||
        map.Find("extra_special_tokens")) {
      return {};
    }
    const auto late = Given(map, "additional_special_tokens");
    return late ? ReadOthers(*late, special_) : Status();
  }

  Result<Numbered> ReadNumbered() const {
    if (const auto decoder = config_.Find("added_tokens_decoder")) {
      return ReadAddedTokensDecoder(*decoder);
    }
    Numbered numbered;
    if (files_.added_tokens) {
      RETURN_IF_ERROR(ReadAddedTokensFile(*files_.added_tokens, special_, numbered));
    }
    if (files_.tokenizer) {
      ASSIGN_OR_RETURN(std::vector<TokenToAdd> tokens, ReadAddedTokens(*files_.tokenizer));
      for (TokenToAdd& token : tokens) numbered[*token.stated_id] = std::move(token);
    }
    return numbered;
  }

  Status AddTokens() {
    AddedTokenIds ids(spec_.vocabulary, vocabulary_size_);
    if (files_.tokenizer) {
      ASSIGN_OR_RETURN(const std::vector<TokenToAdd> tokens, ReadAddedTokens(*files_.tokenizer));
      if (as_it_is_) RETURN_IF_ERROR(ids.Add(tokens));
    }
    ASSIGN_OR_RETURN(Numbered numbered, ReadNumbered());
    RETURN_IF_ERROR(ReadLateSpecialTokens());
    std::set<std::string> contents;
    std::vector<TokenToAdd> tokens;
    for (auto& [id, token] : numbered) {
      token.token.special = token.token.special || special_.Name(token.token.content);
      contents.insert(token.token.content);
      tokens.push_back(std::move(token));
    }
    const auto add_new = [&](const TokenToAdd& token) {
      const std::string& content = token.token.content;
      if (!ids.Has(content) && contents.insert(content).second) tokens.push_back(token);
    };
    for (const std::string_view name : kNames) {
      const auto named = special_.named.find(std::string(name));
      if (named != special_.named.end()) add_new(named->second);
    }
    for (const TokenToAdd& token : special_.others) add_new(token);
    RETURN_IF_ERROR(ids.Add(tokens));
    spec_.added = ids.InOrder();
    return files_.tokenizer ? CheckFrame(ids) : Status();
  }

  // What stands around a text in tokenizer.json are the tokens of these names and ids.
  Status CheckFrame(const AddedTokenIds& ids) {
    ASSIGN_OR_RETURN(const Frame frame, ReadPostProcessor(*files_.tokenizer));
    if (as_it_is_) {
      spec_.first = frame.first;
      spec_.last = frame.last;
    }
    ASSIGN_OR_RETURN(const JsonValue processor, files_.tokenizer->Get("post_processor"));
    for (const auto& [token, id, wanted] : {std::tuple(frame.first, frame.first_id, spec_.first),
                                            {frame.last, frame.last_id, spec_.last}}) {
      const std::optional<std::int32_t> wanted_id = ids.Find(wanted);
      if (wanted_id == id) continue;
      const std::string expected = wanted_id ? "id " + std::to_string(*wanted_id) : "no id at all";
      return processor.Error("has \"" + token + "\" with id " + std::to_string(id) +
                             ", expected \"" + wanted + "\", which has " + expected);
    }
    return {};
  }

  const TokenizerFiles& files_;
  const JsonValue& config_;
  const int vocabulary_size_;
  bool as_it_is_ = false;  // tokenizer.json says all
  TokenizerSpec spec_;
  SpecialTokens special_;
};

}  // namespace

Status CheckTokenizerClass(const JsonValue& file) {
  return OnlyString(
      file, "tokenizer_class",
      {"BertTokenizer", "BertTokenizerFast", "PreTrainedTokenizerFast", "TokenizersBackend"});
}

Result<TokenizerSpec> ReadTokenizer(const TokenizerFiles& files, int vocabulary_size) {
  ASSIGN_OR_RETURN(const JsonValue nothing, ParseJson("{}"));
  const JsonValue& config = files.config ? *files.config : nothing;
  if (!config.is_object()) return config.Error("is not an object");
  return FolderReader(files, config, vocabulary_size).Read();
}

}  // namespace shoal
