#include "model/tokenizer_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace shoal {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kTokenizer = R"({"version":"1.0",
    "truncation":{"direction":"Right","max_length":8,"strategy":"LongestFirst","stride":0},
    "padding":null,
    "added_tokens":[{"id":3,"content":"[MASK]","single_word":false,"lstrip":false,"rstrip":false,
                     "normalized":false,"special":true},
                    {"id":6,"content":"[WORLD]","single_word":true,"lstrip":false,"rstrip":false,
                     "normalized":true,"special":false}],
    "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":false,
                  "strip_accents":true,"lowercase":false},
    "pre_tokenizer":{"type":"BertPreTokenizer"},
    "post_processor":{"type":"TemplateProcessing",
        "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
                  {"SpecialToken":{"id":"[SEP]","type_id":0}}],
        "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[1],"tokens":["[CLS]"]},
                          "[SEP]":{"id":"[SEP]","ids":[2],"tokens":["[SEP]"]}}},
    "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",
             "max_input_chars_per_word":100,
             "vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"[MASK]":3,"[PAD]":5,"a":4}}})";

constexpr std::string_view kLines = "[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n[PAD]\n";

JsonValue Json(std::string_view text, std::string name) {
  return ParseJson(text, {.name = std::move(name)}).value();
}

// `text` with the first `from` replaced by `to`.
std::string With(std::string_view text, std::string_view from, std::string_view to) {
  std::string changed(text);
  changed.replace(changed.find(from), from.size(), to);
  return changed;
}

TokenizerFiles Files(std::string_view tokenizer, std::string_view config = "{}") {
  TokenizerFiles files;
  files.tokenizer = Json(tokenizer, "tokenizer.json");
  files.config = Json(config, "tokenizer_config.json");
  return files;
}

// The form of transformers 3 and 4.
TokenizerFiles Legacy(std::string_view config, std::string_view map = "{}",
                      std::string_view added = "{}") {
  TokenizerFiles files;
  files.config = Json(config, "tokenizer_config.json");
  files.special_tokens_map = Json(map, "special_tokens_map.json");
  files.added_tokens = Json(added, "added_tokens.json");
  files.vocabulary = ReadVocabulary(kLines).value();
  return files;
}

std::map<std::string, AddedToken> Added(const TokenizerFiles& files) {
  std::map<std::string, AddedToken> added;
  const auto spec = ReadTokenizer(files, 10);
  EXPECT_TRUE(spec.ok()) << spec.status().message();
  if (!spec.ok()) return added;
  for (const AddedToken& token : spec->added) added[token.content] = token;
  return added;
}

std::string Message(const TokenizerFiles& files) {
  const auto spec = ReadTokenizer(files, 10);
  return spec.ok() ? "ok" : spec.status().message();
}

TEST(TokenizerFiles, ReadVocabularyAndAddedTokensOfTokenizerJson) {
  const TokenizerSpec spec = ReadTokenizer(Files(kTokenizer), 7).value();
  EXPECT_EQ(spec.vocabulary, ReadVocabulary(kLines).value());
  EXPECT_EQ(Added(Files(kTokenizer)).at("[WORLD]"),
            (AddedToken{.content = "[WORLD]", .id = 6, .single_word = true, .normalized = true}));
  EXPECT_EQ(spec.added.size(), 6u) << "the special ones that it does not list are added too";
}

TEST(TokenizerFiles, TokenizerJsonWinsOverVocabTxt) {
  TokenizerFiles files = Files(kTokenizer);
  files.vocabulary = std::vector<VocabularyToken>{{"b", 0}};
  EXPECT_EQ(ReadTokenizer(files, 7)->vocabulary.size(), 6u);
}

TEST(TokenizerFiles, TokenizerConfigDecidesOnCaseAndAccents) {
  const auto flags = [](const TokenizerFiles& files) {
    const TokenizerSpec spec = ReadTokenizer(files, 10).value();
    return std::vector<bool>{spec.lower_case, spec.strip_accents, spec.split_ideographs};
  };
  using Flags = std::vector<bool>;
  for (const auto& make : {+[](std::string_view config) { return Files(kTokenizer, config); },
                           +[](std::string_view config) { return Legacy(config); }}) {
    EXPECT_EQ(flags(make("{}")), (Flags{true, true, true}));
    EXPECT_EQ(flags(make(R"({"do_lower_case":false})")), (Flags{false, false, true}));
    EXPECT_EQ(flags(make(R"({"strip_accents":false})")), (Flags{true, false, true}));
    EXPECT_EQ(flags(make(R"({"do_lower_case":false,"strip_accents":true,
                             "tokenize_chinese_chars":false})")),
              (Flags{false, true, false}));
  }
}

TEST(TokenizerFiles, TokenizerJsonSaysAllWhereTheClassTakesItAsItIs) {
  std::string text = With(kTokenizer, "\"##\"", "\"@@\"");
  text = With(text, "word\":100", "word\":20");
  text = With(text, "\"unk_token\":\"[UNK]\"", "\"unk_token\":\"a\"");
  for (const char* name : {"PreTrainedTokenizerFast", "TokenizersBackend"}) {
    TokenizerFiles files = Files(text);
    files.model_class = name;
    const TokenizerSpec spec = ReadTokenizer(files, 10).value();
    EXPECT_FALSE(spec.lower_case);
    EXPECT_TRUE(spec.strip_accents);
    EXPECT_FALSE(spec.split_ideographs);
    EXPECT_EQ(spec.continuing_prefix, "@@");
    EXPECT_EQ(spec.max_word_characters, 20);
    EXPECT_EQ(spec.unknown, "a");
    EXPECT_EQ(spec.added.size(), 2u) << "no token is special by its name alone";
  }
  EXPECT_THAT(Message(Legacy(R"({"tokenizer_class":"PreTrainedTokenizerFast"})")),
              HasSubstr("tokenizer.json: is missing"));
}

TEST(TokenizerFiles, AddedTokensDecoderReplacesTheOtherLists) {
  TokenizerFiles files = Files(kTokenizer, R"({"added_tokens_decoder":{
      "7":{"content":"y","special":true},"6":{"content":"x","lstrip":true,"normalized":false}}})");
  files.special_tokens_map = Json(R"({"cls_token":"a"})", "special_tokens_map.json");
  const auto added = Added(files);
  EXPECT_FALSE(added.contains("[WORLD]"));
  EXPECT_EQ(added.at("x"), (AddedToken{.content = "x", .id = 6, .lstrip = true}));
  EXPECT_EQ(added.at("y"), (AddedToken{.content = "y", .id = 7, .special = true}));
}

TEST(TokenizerFiles, ReadAddedTokensJsonAndSpecialTokensMap) {
  const TokenizerFiles files =
      Legacy(R"({"cls_token":"[CLS]"})",
             R"({"cls_token":"x","sep_token":{"content":"[SEP]","lstrip":true,"normalized":true},
                 "additional_special_tokens":["<e>"]})",
             R"({"x":6,"[WORLD]":7})");
  EXPECT_EQ(ReadTokenizer(files, 10)->first, "x");
  const auto added = Added(files);
  EXPECT_EQ(added.at("x"), (AddedToken{.content = "x", .id = 6, .special = true}));
  EXPECT_EQ(added.at("[WORLD]"), (AddedToken{.content = "[WORLD]", .id = 7, .normalized = true}));
  EXPECT_EQ(added.at("[SEP]"),
            (AddedToken{
                .content = "[SEP]", .id = 2, .lstrip = true, .normalized = true, .special = true}));
  EXPECT_EQ(added.at("<e>"), (AddedToken{.content = "<e>", .id = 8, .special = true}));
}

TEST(TokenizerFiles, AddSpecialTokensThatTokenizerConfigNames) {
  const auto added = Added(Legacy(R"({"bos_token":"<s>","image_token":"<i>","add_bos_token":false,
      "extra_special_tokens":["<e>",{"content":"<f>","rstrip":true}],"pad_token":null})"));
  EXPECT_EQ(added.at("<s>").id, 6);
  EXPECT_EQ(added.at("<i>").id, 7);
  EXPECT_EQ(added.at("<e>").id, 8);
  EXPECT_TRUE(added.at("<f>").rstrip);
  EXPECT_FALSE(added.contains("[PAD]"));
}

TEST(TokenizerFiles, AreThoseOfBertWhereTheVocabularyStandsAlone) {
  TokenizerFiles files;
  files.vocabulary = ReadVocabulary(kLines).value();
  EXPECT_EQ(ReadTokenizer(files, 6).value(), BertTokenizerSpec(*files.vocabulary, true));
  files.vocabulary = ReadVocabulary("[UNK]\n[CLS]\n[SEP]\n").value();
  EXPECT_EQ(ReadTokenizer(files, 3).value(), BertTokenizerSpec(*files.vocabulary, true));
}

TEST(TokenizerFiles, AreRefusedByKeyWhereTokenizerJsonSaysWhatIsNotDone) {
  const struct {
    std::string_view from, to, message;
  } cases[] = {
      {"\"BertNormalizer\"", "\"NFC\"",
       "normalizer.type is \"NFC\", Shoal supports \"BertNormalizer\""},
      {"\"clean_text\":true", "\"clean_text\":false",
       "normalizer.clean_text is false, Shoal supports true"},
      {"\"BertPreTokenizer\"", "\"Whitespace\"",
       "pre_tokenizer.type is \"Whitespace\", Shoal supports \"BertPreTokenizer\""},
      {"{\"type\":\"BertPreTokenizer\"}", "null",
       "pre_tokenizer is null, Shoal supports BertPreTokenizer"},
      {"\"WordPiece\"", "\"BPE\"", "model.type is \"BPE\", Shoal supports \"WordPiece\""},
      {"\"##\"", "\"@@\"", "model.continuing_subword_prefix is \"@@\", Shoal supports \"##\""},
      {"word\":100", "word\":20",
       "model.max_input_chars_per_word is 20, Shoal supports 100 under BertTokenizer"},
      {"\"unk_token\":\"[UNK]\"", "\"unk_token\":\"a\"",
       "model.unk_token is \"a\", Shoal supports \"[UNK]\""},
      {"\"1.0\"", "\"2.0\"", "version is \"2.0\", Shoal supports \"1.0\""},
      {"\"Right\"", "\"Left\"", "truncation.direction is \"Left\", Shoal supports \"Right\""},
      {"\"TemplateProcessing\"", "\"RobertaProcessing\"",
       "post_processor.type is \"RobertaProcessing\", Shoal supports \"TemplateProcessing\" or "
       "\"BertProcessing\""},
      {"{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},", "",
       "post_processor.single is another template, Shoal supports one SpecialToken, the Sequence, "
       "one more"},
      {"\"ids\":[1]", "\"ids\":[4]",
       "post_processor has \"[CLS]\" with id 4, expected \"[CLS]\", which has id 1"},
      {"\"id\":6", "\"id\":8",
       "added_tokens[1] is \"[WORLD]\", which has id 6, expected the id that is stated, 8: added "
       "tokens keep the id of the vocabulary, or follow behind it"},
      {"\"special\":false", "\"special\":0", "added_tokens[1].special is an integer"},
      {"\"[PAD]\":5", "\"[PAD]\":10",
       "model.vocab.[PAD] is 10, expected less than vocab_size of config.json, 10"},
      {"\"added_tokens\"", "\"added\"", "has no member \"added_tokens\""},
  };
  EXPECT_EQ(Message(Files(kTokenizer)), "ok");
  for (const auto& [from, to, message] : cases) {
    EXPECT_THAT(Message(Files(With(kTokenizer, from, to))),
                StartsWith("tokenizer.json: " + std::string(message)));
  }
  EXPECT_EQ(
      Message(Files(With(kTokenizer, "\"Right\"", "\"Left\""), R"({"truncation_side":"right"})")),
      "ok");
}

TEST(TokenizerFiles, AreRefusedByKeyWhereTokenizerConfigSaysWhatIsNotDone) {
  const struct {
    std::string_view config, message;
  } cases[] = {
      {R"({"tokenizer_class":"RobertaTokenizer"})", "tokenizer_class is \"RobertaTokenizer\""},
      {R"({"truncation_side":"left"})", "truncation_side is \"left\", Shoal supports \"right\""},
      {R"({"never_split":["x"]})", "never_split is given, Shoal supports none"},
      {R"({"do_basic_tokenize":false})", "do_basic_tokenize is false, Shoal supports true"},
      {R"({"split_special_tokens":true})", "split_special_tokens is true, Shoal supports false"},
      {R"({"clean_text":false})", "clean_text is false, Shoal supports true"},
      {R"({"fast_tokenizer_files":["tokenizer.4.json"]})", "fast_tokenizer_files is given"},
      {R"({"cls_token":null})", "cls_token is null, Shoal supports a token"},
      {R"({"mask_token":7})", "mask_token is an integer"},
      {R"({"added_tokens_decoder":{"x":{"content":"y"}}})",
       "added_tokens_decoder has the key \"x\", expected an id"},
      {R"({"added_tokens_decoder":{"9":{"content":"y"}}})",
       "added_tokens_decoder.9 is \"y\", which has id 6, expected the id that is stated, 9"},
      {"[]", "is not an object"},
  };
  for (const auto& [config, message] : cases) {
    EXPECT_THAT(Message(Legacy(config)),
                StartsWith("tokenizer_config.json: " + std::string(message)));
  }
}

TEST(TokenizerFiles, ATokenBeyondTheMatrixIsRefusedByName) {
  EXPECT_THAT(ReadTokenizer(Files(kTokenizer), 6).status().message(),
              HasSubstr("tokenizer.json: added_tokens[1] is \"[WORLD]\", which has id 6, expected "
                        "less than vocab_size of config.json, 6"));
  EXPECT_THAT(ReadTokenizer(Legacy("{}", "{}", R"({"x":6})"), 6).status().message(),
              HasSubstr("added_tokens.json: x is \"x\", which has id 6"));
  EXPECT_THAT(ReadTokenizer(Legacy(R"({"bos_token":"<s>"})"), 6).status().message(),
              HasSubstr("tokenizer_config.json: bos_token is \"<s>\", which has id 6"));
}

TEST(TokenizerFiles, ReadBertProcessing) {
  std::string text(kTokenizer);
  const std::size_t begin = text.find("{\"type\":\"TemplateProcessing\"");
  text.replace(begin, text.find("\"model\"") - begin,
               R"({"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]},)");
  EXPECT_EQ(Message(Files(text)), "ok");
  EXPECT_THAT(Message(Files(With(text, "[\"[SEP]\",2]", "[\"a\",4]"))),
              HasSubstr("has \"a\" with id 4, expected \"[SEP]\", which has id 2"));
}

}  // namespace
}  // namespace shoal
