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
      {"\"BertModel\"", "\"BertLMHeadModel\"",
       "f: architectures[0] is \"BertLMHeadModel\", Shoal supports \"BertModel\" or "
       "\"BertForMaskedLM\" or \"BertForPreTraining\""},
      {"\"gelu\"", "\"gelu_new\"", "f: hidden_act is \"gelu_new\", Shoal supports \"gelu\""},
      {"\"absolute\"", "\"relative_key\"",
       "f: position_embedding_type is \"relative_key\", Shoal supports \"absolute\""},
      {"\"gelu\"", "\"relu\"", "f: hidden_act is \"relu\", Shoal supports \"gelu\""},
      {"\"hidden_act\"", "\"auto_map\":{\"AutoModel\":\"modeling.New\"},\"hidden_act\"",
       "f: auto_map is given, Shoal supports none"},
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

TEST(FolderFiles, AHeadThatIsNotComputedChangesNothing) {
  for (const char* name : {"\"BertForMaskedLM\"", "\"BertForPreTraining\""}) {
    EXPECT_EQ(Message(ParseBertConfig(With(kConfig, "\"BertModel\"", name))), "ok");
  }
  EXPECT_EQ(Message(ParseBertConfig(With(kConfig, "[\"BertModel\"]", "null"))), "ok");
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

TEST(FolderFiles, ReadsModulesByTheirNewerNames) {
  const Modules modules = ParseModules(Json(R"([
      {"path":"","type":"sentence_transformers.base.modules.transformer.Transformer"},
      {"path":"1_Pooling",
       "type":"sentence_transformers.sentence_transformer.modules.pooling.Pooling"},
      {"path":"2_Normalize","type":"sentence_transformers.base.modules.normalize.Normalize"}])"))
                              .value();
  EXPECT_EQ(modules.pooling_path, "1_Pooling");
  EXPECT_TRUE(modules.normalize);
  for (const char* type :
       {"sentence_transformers.models.dense.Pooling", "Pooling", "other.models.Pooling",
        "sentence_transformers.models.MyPooling", "sentence_transformers.sparse.Pooling"}) {
    EXPECT_THAT(Message(ParseModules(With(kModules, "sentence_transformers.models.Pooling", type))),
                HasSubstr("[1].type is \"" + std::string(type) + "\", Shoal supports"));
  }
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
  EXPECT_EQ(mode(R"("pooling_mode":["max"])"), Pooling::kMax);
  EXPECT_EQ(mode(R"("pooling_mode":"cls","pooling_mode_mean_tokens":true)"), Pooling::kCls);
  EXPECT_EQ(ParsePooling(Json(R"({"embedding_dimension":32,"pooling_mode":"cls"})"), 32).value(),
            Pooling::kCls);
}

TEST(FolderFiles, RefusesOtherPoolingsByName) {
  const auto error = [](std::string_view modes) {
    return Message(ParsePooling(PoolingFile(modes), 32));
  };
  EXPECT_THAT(error(R"("pooling_mode_mean_sqrt_len_tokens":true)"),
              HasSubstr("pooling mode \"mean_sqrt_len_tokens\", Shoal supports mean, cls and max"));
  EXPECT_THAT(error(R"("pooling_mode":"lasttoken")"), HasSubstr("\"lasttoken\""));
  EXPECT_THAT(error(R"("pooling_mode_mean_tokens":true,"pooling_mode_cls_token":true)"),
              HasSubstr("has 2 pooling modes on: mean, cls; Shoal supports exactly one"));
  EXPECT_THAT(error(R"("pooling_mode":["cls","weightedmean"])"),
              HasSubstr("has 2 pooling modes on: cls, weightedmean;"));
  EXPECT_THAT(error(R"("pooling_mode_weightedmean_tokens":true)"),
              HasSubstr("pooling mode \"weightedmean_tokens\", Shoal supports"));
  EXPECT_THAT(error(R"("pooling_mode_lasttoken":true)"),
              HasSubstr("pooling mode \"lasttoken\", Shoal supports"));
  EXPECT_THAT(error(R"("pooling_mode_mean_tokens":false)"), HasSubstr("has 0 pooling modes on"));
  EXPECT_THAT(error(R"("pooling_mode_mean_tokens":true,"include_prompt":false)"),
              HasSubstr("include_prompt is false"));
  EXPECT_THAT(
      Message(ParsePooling(Json(R"({"word_embedding_dimension":64,"pooling_mode":"cls"})"), 32)),
      HasSubstr("word_embedding_dimension is 64, expected an integer from 32 to 32"));
}

TEST(FolderFiles, TheLongestTextIsBoundedByThePositions) {
  const auto length = [](std::string_view sentence_bert, std::string_view tokenizer) {
    return ParseMaxTokens(Json(sentence_bert), Json(tokenizer), 512);
  };
  EXPECT_EQ(length(R"({"max_seq_length":256})", "{}").value(), 256);
  EXPECT_EQ(length(R"({"max_seq_length":null})", "{}").value(), 512);
  EXPECT_EQ(length("{}", "{}").value(), 512);
  EXPECT_EQ(
      Message(length(R"({"max_seq_length":513})", "{}")),
      "f: max_seq_length is 513, expected at most config.json's max_position_embeddings, 512");
  EXPECT_FALSE(length(R"({"max_seq_length":2})", "{}").ok());
}

TEST(FolderFiles, TheTokenizersLengthHoldsWhereTheModelHasNone) {
  const auto length = [](std::string_view sentence_bert, std::string_view tokenizer) {
    return ParseMaxTokens(Json(sentence_bert), Json(tokenizer), 512);
  };
  EXPECT_EQ(length("{}", R"({"model_max_length":128})").value(), 128);
  EXPECT_EQ(length(R"({"max_seq_length":256})", R"({"model_max_length":128})").value(), 256);
  EXPECT_EQ(length("{}", R"({"model_max_length":1000})").value(), 512);
  EXPECT_EQ(length("{}", R"({"model_max_length":1000000000000000019884624838656})").value(), 512);
  EXPECT_EQ(length("{}", R"({"model_max_length":null})").value(), 512);
  EXPECT_THAT(Message(length("{}", R"({"model_max_length":-1})")),
              HasSubstr("model_max_length is -1, expected an integer from 3 to 512"));
  EXPECT_FALSE(length("{}", R"({"model_max_length":"x"})").ok());
}

TEST(FolderFiles, RefusesAnEncoderModuleThatDoesMore) {
  const auto error = [](std::string_view file) { return CheckEncoderModule(Json(file)).message(); };
  EXPECT_EQ(error(R"({"max_seq_length":256,"do_lower_case":false})"), "");
  EXPECT_EQ(error(R"({"transformer_task":"feature-extraction","processing_kwargs":{},
      "modality_config":{"text":{"method":"forward","method_output_name":"last_hidden_state"}},
      "module_output_name":"token_embeddings"})"),
            "");
  EXPECT_EQ(error(R"({"transformer_task":"fill-mask"})"),
            "f: transformer_task is \"fill-mask\", Shoal supports \"feature-extraction\"");
  EXPECT_EQ(error(R"({"query_length":32})"), "f: query_length is given, Shoal supports none");
  EXPECT_EQ(error(R"({"config_args":{"num_hidden_layers":1}})"),
            "f: config_args is given, Shoal supports none");
  EXPECT_EQ(error(R"({"modality_config":{"text":{"method":"get_text_features"}}})"),
            "f: modality_config.text.method is \"get_text_features\", Shoal supports \"forward\"");
  EXPECT_THAT(error(R"({"modality_config":{"image":{}}})"), HasSubstr("no member \"text\""));
  EXPECT_EQ(error("[]"), "f: is not an object");
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
  EXPECT_EQ(ParsePrompts(Json(R"({"prompts":{"query":null}})"))->texts.at("query"), "");
  EXPECT_EQ(Message(ParsePrompts(Json(R"({"model_type":"SparseEncoder"})"))),
            "f: model_type is \"SparseEncoder\", Shoal supports \"SentenceTransformer\"");
}

}  // namespace
}  // namespace shoal
