#include "model/folder_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kConfig = R"({"model_type":"bert","architectures":["BertModel"],
    "hidden_act":"gelu","vocab_size":100,"hidden_size":32,"num_hidden_layers":2,
    "num_attention_heads":4,"intermediate_size":64,"max_position_embeddings":512,
    "type_vocab_size":2,"layer_norm_eps":1e-12,"position_embedding_type":"absolute"})";

JsonValue Json(std::string_view text) { return ParseJson(text, {.name = "f"}).value(); }

// `text` with the first `from` replaced by `to`.
JsonValue With(std::string_view text, std::string_view from, std::string_view to) {
  std::string changed(text);
  changed.replace(changed.find(from), from.size(), to);
  return Json(changed);
}

std::string Message(const auto& result) { return result.ok() ? "ok" : result.status().message(); }

TEST(FolderFiles, ReadsTheShapeOfTheEncoder) {
  const BertConfig config = ParseBertConfig(Json(kConfig)).value();
  EXPECT_EQ(config.vocabulary_size, 100);
  EXPECT_EQ(config.hidden_size, 32);
  EXPECT_EQ(config.layers, 2);
  EXPECT_EQ(config.heads, 4);
  EXPECT_EQ(config.intermediate_size, 64);
  EXPECT_EQ(config.max_positions, 512);
  EXPECT_EQ(config.token_types, 2);
  EXPECT_EQ(config.layer_norm_epsilon, 1e-12f);
}

TEST(FolderFiles, RefusesOtherArchitecturesByName) {
  const struct {
    std::string_view from, to, message;
  } cases[] = {
      {"\"bert\"", "\"roberta\"", "f: model_type is \"roberta\", Shoal supports \"bert\""},
      {"\"BertModel\"", "\"BertForMaskedLM\"",
       "f: architectures[0] is \"BertForMaskedLM\", Shoal supports \"BertModel\""},
      {"\"gelu\"", "\"gelu_new\"", "f: hidden_act is \"gelu_new\", Shoal supports \"gelu\""},
      {"\"absolute\"", "\"relative_key\"",
       "f: position_embedding_type is \"relative_key\", Shoal supports \"absolute\""},
      {"\"hidden_act\"", "\"is_decoder\":true,\"hidden_act\"",
       "f: is_decoder is true, Shoal supports false"},
      {"\"model_type\"", "\"type\"", "f: has no member \"model_type\""},
      {"\"num_attention_heads\":4", "\"num_attention_heads\":5",
       "f: hidden_size is 32, expected a multiple of num_attention_heads, 5"},
      {"\"hidden_size\":32", "\"hidden_size\":\"32\"",
       "f: hidden_size is a string, expected an integer from 1 to 65536"},
      {"\"num_hidden_layers\":2", "\"num_hidden_layers\":0",
       "f: num_hidden_layers is 0, expected an integer from 1 to 1024"},
  };
  for (const auto& [from, to, message] : cases) {
    EXPECT_EQ(Message(ParseBertConfig(With(kConfig, from, to))), message);
  }
  EXPECT_THAT(Message(ParseBertConfig(With(kConfig, "1e-12", "-1"))), HasSubstr("between 0 and 1"));
}

constexpr std::string_view kModules = R"([
    {"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
    {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
    {"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"}])";

TEST(FolderFiles, ReadsModulesWithAndWithoutNormalize) {
  EXPECT_TRUE(ParseModules(Json(kModules))->normalize);
  EXPECT_EQ(ParseModules(Json(kModules))->pooling_path, "1_Pooling");
  const std::string text(kModules);
  const std::string two = text.substr(0, text.find(",\n    {\"idx\":2")) + "]";
  EXPECT_FALSE(ParseModules(Json(two))->normalize);
}

TEST(FolderFiles, RefusesUnknownModulesByName) {
  const auto dense = ParseModules(With(kModules, "models.Normalize", "models.Dense"));
  EXPECT_EQ(dense.status().code(), StatusCode::kUnimplemented);
  EXPECT_EQ(Message(dense),
            "f: [2].type is \"sentence_transformers.models.Dense\", Shoal supports Transformer, "
            "Pooling and perhaps Normalize, in this order");
  EXPECT_THAT(Message(ParseModules(With(kModules, "models.Pooling", "models.Normalize"))),
              HasSubstr("[1].type"));
  EXPECT_THAT(Message(ParseModules(Json("[]"))), HasSubstr("has 0 modules"));
  EXPECT_THAT(Message(ParseModules(With(kModules, "1_Pooling", "../1_Pooling"))),
              HasSubstr("expected a folder inside"));
}

JsonValue PoolingFile(std::string_view modes) {
  return Json("{\"word_embedding_dimension\":32," + std::string(modes) + "}");
}

TEST(FolderFiles, ReadsThePoolingMode) {
  const auto mode = [](std::string_view modes) {
    return ParsePooling(PoolingFile(modes), 32).value();
  };
  EXPECT_EQ(mode(R"("pooling_mode_mean_tokens":true,"pooling_mode_cls_token":false)"),
            Pooling::kMean);
  EXPECT_EQ(mode(R"("pooling_mode_mean_tokens":false,"pooling_mode_cls_token":true)"),
            Pooling::kCls);
  EXPECT_EQ(mode(R"("pooling_mode_max_tokens":true,"include_prompt":true)"), Pooling::kMax);
  EXPECT_EQ(mode(R"("pooling_mode":"mean")"), Pooling::kMean);
}

TEST(FolderFiles, RefusesOtherPoolingsByName) {
  const auto error = [](std::string_view modes) {
    return Message(ParsePooling(PoolingFile(modes), 32));
  };
  EXPECT_THAT(error(R"("pooling_mode_mean_sqrt_len_tokens":true)"),
              HasSubstr("pooling mode \"mean_sqrt_len_tokens\", Shoal supports mean, cls and max"));
  EXPECT_THAT(error(R"("pooling_mode":"lasttoken")"), HasSubstr("\"lasttoken\""));
  EXPECT_THAT(error(R"("pooling_mode_mean_tokens":true,"pooling_mode_cls_token":true)"),
              HasSubstr("has 2 pooling modes on"));
  EXPECT_THAT(error(R"("pooling_mode_mean_tokens":false)"), HasSubstr("has 0 pooling modes on"));
  EXPECT_THAT(error(R"("pooling_mode_mean_tokens":true,"include_prompt":false)"),
              HasSubstr("include_prompt is false"));
  EXPECT_THAT(
      Message(ParsePooling(Json(R"({"word_embedding_dimension":64,"pooling_mode":"cls"})"), 32)),
      HasSubstr("word_embedding_dimension is 64, expected an integer from 32 to 32"));
}

TEST(FolderFiles, TheLongestTextIsBoundedByThePositions) {
  EXPECT_EQ(ParseMaxTokens(Json(R"({"max_seq_length":256})"), 512).value(), 256);
  EXPECT_EQ(ParseMaxTokens(Json(R"({"max_seq_length":null})"), 512).value(), 512);
  EXPECT_EQ(ParseMaxTokens(Json("{}"), 512).value(), 512);
  EXPECT_EQ(
      Message(ParseMaxTokens(Json(R"({"max_seq_length":513})"), 512)),
      "f: max_seq_length is 513, expected at most config.json's max_position_embeddings, 512");
  EXPECT_FALSE(ParseMaxTokens(Json(R"({"max_seq_length":2})"), 512).ok());
}

TEST(FolderFiles, TheTokenizersFileDecidesOnLowerCase) {
  const auto lower = [](std::string_view tokenizer, std::string_view sentence_bert) {
    return ParseLowerCase(Json(tokenizer), Json(sentence_bert));
  };
  EXPECT_TRUE(lower("{}", "{}").value());
  EXPECT_FALSE(lower("{}", R"({"do_lower_case":false})").value());
  EXPECT_TRUE(lower(R"({"do_lower_case":true})", R"({"do_lower_case":false})").value());
  EXPECT_FALSE(lower(R"({"do_lower_case":false,"strip_accents":null})", "{}").value());
  EXPECT_THAT(Message(lower(R"({"strip_accents":false})", "{}")), HasSubstr("strip_accents"));
  EXPECT_THAT(Message(lower(R"({"tokenizer_class":"RobertaTokenizer"})", "{}")),
              HasSubstr("tokenizer_class is \"RobertaTokenizer\""));
  EXPECT_THAT(Message(lower(R"({"tokenize_chinese_chars":false})", "{}")),
              HasSubstr("tokenize_chinese_chars is false"));
}

TEST(FolderFiles, ReadsPromptsAndTheirDefault) {
  const Prompts prompts = ParsePrompts(Json(R"({"prompts":{"query":"query: ","document":""},
                            "default_prompt_name":"query"})"))
                              .value();
  EXPECT_EQ(prompts.texts.at("query"), "query: ");
  EXPECT_EQ(prompts.texts.at("document"), "");
  EXPECT_EQ(prompts.default_name, "query");
  EXPECT_TRUE(ParsePrompts(Json(R"({"default_prompt_name":null})"))->default_name.empty());
  EXPECT_EQ(Message(ParsePrompts(Json(R"({"prompts":{},"default_prompt_name":"q"})"))),
            "f: default_prompt_name is \"q\", expected one of the prompts");
  EXPECT_FALSE(ParsePrompts(Json(R"({"prompts":{"a":1}})")).ok());
}

}  // namespace
}  // namespace shoal
