#include "model/model_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "base/file.h"
#include "model/fetch.h"
#include "model/manifest.h"
#include "model/temporary_folder.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

void WriteModel(const TemporaryFolder& folder, const std::string& name) {
  folder.Write(name + "/config.json", R"({"model_type":"bert","hidden_act":"gelu",
      "vocab_size":100,"hidden_size":32,"num_hidden_layers":2,"num_attention_heads":4,
      "intermediate_size":64,"max_position_embeddings":512,"type_vocab_size":2})");
  folder.Write(name + "/modules.json", R"([
      {"path":"","type":"sentence_transformers.models.Transformer"},
      {"path":"1_Pooling","type":"sentence_transformers.models.Pooling"}])");
  folder.Write(name + "/1_Pooling/config.json",
               R"({"word_embedding_dimension":32,"pooling_mode_cls_token":true})");
  folder.Write(name + "/sentence_bert_config.json",
               R"({"max_seq_length":128,"do_lower_case":false})");
  folder.Write(name + "/tokenizer_config.json", R"({"do_lower_case":false})");
  folder.Write(name + "/vocab.txt", "[PAD]\n[UNK]\n");
  folder.Write(name + "/model.safetensors", "weights");
}

std::string Message(const auto& result) { return result.ok() ? "ok" : result.status().message(); }

// A manifest of every file that is there now.
Manifest ManifestOf(const std::filesystem::path& folder) {
  Manifest manifest{.source = "here", .files = {}};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().filename() == kManifestFile) continue;
    manifest.files[std::filesystem::relative(entry.path(), folder).generic_string()] =
        SumOfFile(entry.path()).value();
  }
  return manifest;
}

TEST(ModelFolder, ObeysWhatItsFilesSay) {
  const TemporaryFolder folder;
  WriteModel(folder, "tiny");
  folder.Write("tiny/config_sentence_transformers.json", R"({"prompts":{"query":"q: "}})");
  const ModelFolder model = OpenModelFolder(folder.path() / "tiny/").value();
  EXPECT_EQ(model.name, "tiny");
  EXPECT_EQ(model.config.hidden_size, 32);
  EXPECT_EQ(model.pooling, Pooling::kCls);
  EXPECT_FALSE(model.normalize);
  EXPECT_EQ(model.max_tokens, 128);
  EXPECT_FALSE(model.tokenizer.lower_case);
  EXPECT_EQ(model.prompts.at("query"), "q: ");
  EXPECT_EQ(model.default_prompt_name, "");
  EXPECT_EQ(model.tokenizer.vocabulary, ReadVocabulary("[PAD]\n[UNK]\n").value());
  EXPECT_EQ(model.digest.size(), 64u);
}

TEST(ModelFolder, AnyMissingFileIsNamed) {
  for (const char* file :
       {"config.json", "1_Pooling/config.json", "vocab.txt", "model.safetensors"}) {
    const TemporaryFolder folder;
    WriteModel(folder, "tiny");
    std::filesystem::remove(folder.path() / "tiny" / file);
    const auto model = OpenModelFolder(folder.path() / "tiny");
    EXPECT_EQ(model.status().code(), StatusCode::kNotFound) << file;
    EXPECT_THAT(Message(model), HasSubstr(std::string("tiny/") + file));
  }
  EXPECT_EQ(OpenModelFolder("/no/such/folder").status().code(), StatusCode::kNotFound);
}

TEST(ModelFolder, FilesThatShoalDoesNotReadAreNamedWhenTheyAreAllThereIs) {
  const struct {
    std::string wanted, there, message;
  } cases[] = {
      {"model.safetensors", "model.safetensors.index.json", "the weights are in several files"},
      {"model.safetensors", "pytorch_model.bin", "save the weights as safetensors"},
  };
  for (const auto& [wanted, there, message] : cases) {
    const TemporaryFolder folder;
    WriteModel(folder, "tiny");
    folder.Write("tiny/" + there, "{}");
    EXPECT_EQ(Message(OpenModelFolder(folder.path() / "tiny")), "ok");
    std::filesystem::remove(folder.path() / "tiny" / wanted);
    const auto model = OpenModelFolder(folder.path() / "tiny");
    EXPECT_EQ(model.status().code(), StatusCode::kUnimplemented);
    EXPECT_THAT(Message(model), HasSubstr("tiny/" + wanted + " is missing and " + there +
                                          " is there, Shoal supports " + wanted));
    EXPECT_THAT(Message(model), HasSubstr(message));
  }
}

TEST(ModelFolder, TheTokenizersLengthHoldsWhereTheModelHasNone) {
  const TemporaryFolder folder;
  WriteModel(folder, "tiny");
  folder.Write("tiny/sentence_bert_config.json", "{}");
  EXPECT_EQ(OpenModelFolder(folder.path() / "tiny")->max_tokens, 512);
  folder.Write("tiny/tokenizer_config.json", R"({"model_max_length":100})");
  EXPECT_EQ(OpenModelFolder(folder.path() / "tiny")->max_tokens, 100);
  EXPECT_TRUE(OpenModelFolder(folder.path() / "tiny")->tokenizer.lower_case);
}

TEST(ModelFolder, WithoutModulesItIsPooledByTheMeanAndNoOtherFileOfSentenceTransformersCounts) {
  const TemporaryFolder folder;
  WriteModel(folder, "tiny");
  folder.Write("tiny/config_sentence_transformers.json", R"({"prompts":{"query":"q: "}})");
  const std::filesystem::path path = folder.path() / "tiny";
  EXPECT_EQ(OpenModelFolder(path)->assumed, "");
  std::filesystem::remove(path / "modules.json");
  for (int files = 0; files < 2; ++files) {
    const ModelFolder model = OpenModelFolder(path).value();
    EXPECT_EQ(model.pooling, Pooling::kMean);
    EXPECT_FALSE(model.normalize);
    EXPECT_EQ(model.max_tokens, 512);
    EXPECT_TRUE(model.prompts.empty());
    EXPECT_THAT(model.assumed, HasSubstr("no modules.json: mean pooling, no Normalize"));
    EXPECT_THAT(model.assumed, HasSubstr("at most 512 tokens"));
    std::filesystem::remove(path / "sentence_bert_config.json");
    std::filesystem::remove(path / "config_sentence_transformers.json");
    std::filesystem::remove_all(path / "1_Pooling");
  }
}

TEST(ModelFolder, TheLengthIsInTheFirstFileThatSaysAnything) {
  const TemporaryFolder folder;
  WriteModel(folder, "tiny");
  const std::filesystem::path path = folder.path() / "tiny";
  std::filesystem::remove(path / "sentence_bert_config.json");
  folder.Write("tiny/tokenizer_config.json", R"({"max_len":77})");
  EXPECT_EQ(OpenModelFolder(path)->max_tokens, 77);
  EXPECT_THAT(OpenModelFolder(path)->assumed,
              HasSubstr("no sentence_bert_config.json: texts of at most 77 tokens"));
  folder.Write("tiny/sentence_roberta_config.json", R"({"max_seq_length":66})");
  EXPECT_EQ(OpenModelFolder(path)->max_tokens, 66);
  EXPECT_EQ(OpenModelFolder(path)->assumed, "");
  folder.Write("tiny/sentence_bert_config.json", "{}");
  EXPECT_EQ(OpenModelFolder(path)->max_tokens, 66);
  folder.Write("tiny/sentence_bert_config.json", R"({"max_seq_length":55})");
  EXPECT_EQ(OpenModelFolder(path)->max_tokens, 55);
}

TEST(ModelFolder, AFileThatIsSomethingElseIsNamedBeforeItsSumIsLookedAt) {
  const TemporaryFolder folder;
  WriteModel(folder, "all-MiniLM-L6-v2");
  folder.Write("all-MiniLM-L6-v2/vocab.txt", "version https://git-lfs.github.com/spec/v1\noid");
  EXPECT_THAT(Message(OpenModelFolder(folder.path() / "all-MiniLM-L6-v2")),
              HasSubstr("vocab.txt is a Git LFS pointer, not the file itself: run `git lfs pull`"));
}

TEST(ModelFolder, ANameThatIsNotUtf8IsRefused) {
  const TemporaryFolder folder;
  WriteModel(folder, "tiny\xFF");
  EXPECT_THAT(Message(OpenModelFolder(folder.path() / "tiny\xFF")), HasSubstr("is not UTF-8"));
  WriteModel(folder, "caf\xE9/tiny");
  EXPECT_EQ(Message(OpenModelFolder(folder.path() / "caf\xE9/tiny")), "ok") << "its name is";
}

TEST(ModelFolder, ATokenWithoutAVectorIsRefused) {
  const TemporaryFolder folder;
  WriteModel(folder, "tiny");
  std::string vocabulary;
  for (int i = 0; i < 100; ++i) vocabulary += "token" + std::to_string(i) + "\n";
  folder.Write("tiny/vocab.txt", vocabulary);
  EXPECT_EQ(Message(OpenModelFolder(folder.path() / "tiny")), "ok");
  folder.Write("tiny/vocab.txt", vocabulary + "token100");
  EXPECT_THAT(
      Message(OpenModelFolder(folder.path() / "tiny")),
      HasSubstr("vocab.txt has 101 tokens, expected at most vocab_size of config.json, 100"));
}

TEST(ModelFolder, TheDigestCoversEverythingThatChangesVectors) {
  const TemporaryFolder folder;
  WriteModel(folder, "a");
  WriteModel(folder, "b");
  const std::string digest = OpenModelFolder(folder.path() / "a")->digest;
  EXPECT_EQ(OpenModelFolder(folder.path() / "b")->digest, digest);

  const std::pair<const char*, const char*> changes[] = {
      {"model.safetensors", "other weights"},
      {"vocab.txt", "[UNK]\n[PAD]\n"},
      {"1_Pooling/config.json", R"({"word_embedding_dimension":32,"pooling_mode":"mean"})"},
      {"sentence_bert_config.json", R"({"max_seq_length":127,"do_lower_case":false})"},
      {"tokenizer_config.json", R"({"do_lower_case":true})"},
      {"tokenizer_config.json", R"({"do_lower_case":false,"strip_accents":true})"},
      {"tokenizer_config.json", R"({"do_lower_case":false,"bos_token":"<s>"})"},
      {"config_sentence_transformers.json", R"({"prompts":{"a":"b"}})"},
      {"config_sentence_transformers.json", R"({"prompts":{"a":"b"},"default_prompt_name":"a"})"},
      {"modules.json", R"([{"path":"","type":"sentence_transformers.models.Transformer"},
          {"path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
          {"path":"2_Normalize","type":"sentence_transformers.models.Normalize"}])"},
  };
  std::set<std::string> digests = {digest};
  for (const auto& [file, content] : changes) {
    WriteModel(folder, "c");
    std::filesystem::remove(folder.path() / "c/config_sentence_transformers.json");
    folder.Write(std::string("c/") + file, content);
    EXPECT_TRUE(digests.insert(OpenModelFolder(folder.path() / "c")->digest).second) << content;
  }
}

// As transformers saves the tokenizer of WriteModel's folder, with `added`.
std::string TokenizerJson(const std::string& added) {
  return R"({"version":"1.0","added_tokens":[)" + added + R"(],
      "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,
                    "strip_accents":null,"lowercase":false},
      "pre_tokenizer":{"type":"BertPreTokenizer"},
      "post_processor":{"type":"BertProcessing","cls":["[CLS]",2],"sep":["[SEP]",3]},
      "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",
               "max_input_chars_per_word":100,
               "vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"[MASK]":4}}})";
}

constexpr char kAdded[] = R"({"id":5,"content":"[WORLD]","single_word":false,"lstrip":false,
    "rstrip":false,"normalized":true,"special":false})";

TEST(ModelFolder, TokenizerJsonThatSaysTheSameAsVocabTxtChangesNoDigest) {
  const TemporaryFolder folder;
  WriteModel(folder, "tiny");
  const std::filesystem::path path = folder.path() / "tiny";
  folder.Write("tiny/vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n");
  const std::string digest = OpenModelFolder(path)->digest;
  folder.Write("tiny/tokenizer.json", TokenizerJson(""));
  EXPECT_EQ(OpenModelFolder(path)->digest, digest);
  std::filesystem::remove(path / "vocab.txt");
  EXPECT_EQ(OpenModelFolder(path)->digest, digest);
  folder.Write("tiny/vocab.txt", "[PAD]\r\n[UNK]\n[CLS]\n[SEP]\n[MASK]");
  const std::string other = OpenModelFolder(path)->digest;
  std::filesystem::remove(path / "tokenizer.json");
  EXPECT_EQ(OpenModelFolder(path)->digest, other);
}

TEST(ModelFolder, AddedTokensAreReadAndChangeTheDigest) {
  const TemporaryFolder folder;
  WriteModel(folder, "tiny");
  const std::filesystem::path path = folder.path() / "tiny";
  folder.Write("tiny/tokenizer.json", TokenizerJson(""));
  std::set<std::string> digests = {OpenModelFolder(path)->digest};
  folder.Write("tiny/tokenizer.json", TokenizerJson(kAdded));
  const ModelFolder model = OpenModelFolder(path).value();
  EXPECT_EQ(model.tokenizer.added.back().content, "[WORLD]");
  EXPECT_TRUE(digests.insert(model.digest).second);
  std::filesystem::remove(path / "tokenizer.json");
  folder.Write("tiny/vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n");
  folder.Write("tiny/added_tokens.json", R"({"[WORLD]":5})");
  EXPECT_FALSE(digests.insert(OpenModelFolder(path)->digest).second);
  folder.Write("tiny/special_tokens_map.json", R"({"pad_token":"[WORLD]"})");
  EXPECT_TRUE(digests.insert(OpenModelFolder(path)->digest).second);
}

TEST(ModelFolder, FilesOfTheTokenizerMustBeInTheManifest) {
  for (const char* file : {"tokenizer.json", "added_tokens.json", "special_tokens_map.json"}) {
    const TemporaryFolder folder;
    WriteModel(folder, "tiny");
    const std::filesystem::path path = folder.path() / "tiny";
    ASSERT_TRUE(WriteManifest(path, ManifestOf(path)).ok());
    folder.Write(std::string("tiny/") + file, "{}");
    EXPECT_THAT(Message(OpenModelFolder(path)), HasSubstr(std::string("does not list ") + file));
  }
}

TEST(ModelFolder, TokenizerClassOfConfigCountsWhereTheTokenizerNamesNone) {
  const TemporaryFolder folder;
  WriteModel(folder, "tiny");
  const std::filesystem::path path = folder.path() / "tiny";
  const std::string config = ReadFile(path / "config.json", 1 << 20).value();
  folder.Write("tiny/config.json", "{\"tokenizer_class\":\"XlmTokenizer\"," + config.substr(1));
  EXPECT_THAT(Message(OpenModelFolder(path)), HasSubstr("tokenizer_class is \"XlmTokenizer\""));
  folder.Write("tiny/tokenizer_config.json", R"({"tokenizer_class":"BertTokenizer"})");
  EXPECT_EQ(Message(OpenModelFolder(path)), "ok");
}

TEST(ModelFolder, AFolderNamedLikeTheDefaultModelNeedsItsSums) {
  const TemporaryFolder folder;
  WriteModel(folder, "all-MiniLM-L6-v2");
  const std::filesystem::path path = folder.path() / "all-MiniLM-L6-v2";
  const auto check = [&](const std::filesystem::path& as) {
    const auto model = OpenModelFolder(as);
    EXPECT_EQ(model.status().code(), StatusCode::kDataLoss) << as;
    EXPECT_THAT(Message(model), HasSubstr("model.safetensors has SHA-256 "));
    EXPECT_THAT(Message(model),
                HasSubstr("53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4f"));
  };
  check(path);
  check(path / "");
  check(path / "1_Pooling" / "..");
  ASSERT_TRUE(WriteManifest(path, ManifestOf(path)).ok());
  check(path);
}

TEST(ModelFolder, AManifestMustMatchEveryFile) {
  const TemporaryFolder folder;
  WriteModel(folder, "tiny");
  const std::filesystem::path path = folder.path() / "tiny";
  ASSERT_TRUE(WriteManifest(path, ManifestOf(path)).ok());
  EXPECT_EQ(Message(OpenModelFolder(path)), "ok");

  folder.Write("tiny/vocab.txt", "[PAD]\n[UNk]\n");
  EXPECT_THAT(Message(OpenModelFolder(path)), HasSubstr("vocab.txt has SHA-256"));
  folder.Write("tiny/vocab.txt", "");
  EXPECT_THAT(Message(OpenModelFolder(path)),
              HasSubstr("vocab.txt has 0 bytes, its manifest says"));
}

TEST(ModelFolder, AManifestMustListWhatIsRead) {
  const TemporaryFolder folder;
  WriteModel(folder, "tiny");
  const std::filesystem::path path = folder.path() / "tiny";
  const Manifest full = ManifestOf(path);
  for (const auto& [file, sum] : full.files) {
    Manifest manifest = full;
    manifest.files.erase(file);
    ASSERT_TRUE(WriteManifest(path, manifest).ok());
    EXPECT_THAT(Message(OpenModelFolder(path)), HasSubstr("does not list " + file));
  }
  ASSERT_TRUE(WriteManifest(path, full).ok());
  folder.Write("tiny/config_sentence_transformers.json", "{}");
  EXPECT_THAT(Message(OpenModelFolder(path)),
              HasSubstr("does not list config_sentence_transformers.json"));
}

// A model whose weights are large enough to be remembered, seen from a minute ahead: settled.
class RememberedModelTest : public testing::Test {
 protected:
  RememberedModelTest() {
    setenv("XDG_CACHE_HOME", cache_.path().c_str(), 1);
    WriteModel(folder_, "tiny");
    folder_.Write("tiny/model.safetensors", std::string(kSmallestRemembered, 'w'));
  }
  ~RememberedModelTest() override { unsetenv("XDG_CACHE_HOME"); }

  static RememberedSums Sums() {
    return RememberedSums(CacheFolder().value() / "sums",
                          [] { return UnixNanoseconds() + 60'000'000'000; });
  }
  Result<ModelFolder> OpenRemembered() const {
    RememberedSums sums = Sums();
    return OpenModelFolder(path_, &sums);
  }
  // Makes the record of the weights say `sha256`.
  void Record(const std::string& sha256) const {
    ASSERT_TRUE(OpenRemembered().ok());
    const auto record = std::filesystem::directory_iterator(CacheFolder().value() / "sums")->path();
    const FileStamp stamp = InputFile::Open(path_ / kWeightsFile)->Stamp().value();
    ASSERT_TRUE(WriteFileAtomically(record, SumRecord(stamp, sha256)).ok());
    ASSERT_EQ(OpenRemembered()->weights_sha256, sha256);
  }

  const TemporaryFolder cache_;
  const TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "tiny";
  const std::string lie_ = std::string(64, 'a');
};

TEST_F(RememberedModelTest, IsTheSameModel) {
  const std::string digest = OpenModelFolder(path_)->digest;
  EXPECT_EQ(OpenRemembered()->digest, digest);
  EXPECT_EQ(OpenRemembered()->digest, digest);
  Record(lie_);
  EXPECT_NE(OpenRemembered()->digest, digest) << "the sum was remembered";
  EXPECT_EQ(OpenModelFolder(path_)->digest, digest) << "the sum was not";
}

TEST_F(RememberedModelTest, NoOtherFileIsRemembered) {
  folder_.Write("tiny/vocab.txt", std::string(kSmallestRemembered, 'v'));
  ASSERT_TRUE(WriteManifest(path_, ManifestOf(path_)).ok());
  ASSERT_TRUE(OpenRemembered().ok());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(CacheFolder().value() / "sums"), {}),
            1);
}

TEST_F(RememberedModelTest, NoFolderIsRefusedOnTheWordOfARecord) {
  Record(lie_);
  ASSERT_TRUE(WriteManifest(path_, ManifestOf(path_)).ok());
  EXPECT_EQ(Message(OpenRemembered()), "ok");
  EXPECT_NE(OpenRemembered()->weights_sha256, lie_);
}

TEST_F(RememberedModelTest, WithoutRecordsAFolderIsHashedThatARecordWouldVouchFor) {
  Record(lie_);
  Manifest manifest = ManifestOf(path_);
  manifest.files[kWeightsFile].sha256 = lie_;
  ASSERT_TRUE(WriteManifest(path_, manifest).ok());
  EXPECT_EQ(Message(OpenRemembered()), "ok");
  const Status verified = OpenModelFolder(path_).status();
  EXPECT_EQ(verified.code(), StatusCode::kDataLoss);
  EXPECT_THAT(verified.message(), HasSubstr("model.safetensors has SHA-256"));
}

TEST_F(RememberedModelTest, WhatIsReadMustHaveTheSumOfTheFolder) {
  const std::string content(kSmallestRemembered, 'w');
  const auto bytes = std::as_bytes(std::span(content));
  const ModelFolder honest = OpenRemembered().value();
  EXPECT_TRUE(CheckReadWeights(honest, bytes).ok());
  Record(lie_);
  const Status status = CheckReadWeights(OpenRemembered().value(), bytes);
  EXPECT_EQ(status.code(), StatusCode::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr((path_ / kWeightsFile).string() + " has SHA-256 " +
                                          Sha256Of(content) + ", expected " + lie_));
  EXPECT_EQ(OpenRemembered()->weights_sha256, honest.weights_sha256) << "the lie was forgotten";
}

TEST(Manifest, RefusesPathsOutsideItsFolder) {
  for (const char* file : {"", "/etc/passwd", "../x", "a/../../x", "a/", "./a", "."}) {
    EXPECT_FALSE(IsInside(file)) << file;
    const TemporaryFolder folder;
    const std::string sum = Sha256Of("");
    folder.Write(kManifestFile, "{\"version\":1,\"source\":\"s\",\"files\":{\"" +
                                    std::string(file) + "\":{\"size\":0,\"sha256\":\"" + sum +
                                    "\"}}}");
    EXPECT_THAT(Message(ReadManifest(folder.path())), HasSubstr("is not a path inside"));
  }
  EXPECT_TRUE(IsInside("1_Pooling/config.json"));
}

TEST(FindModel, TakesPathsAsTheyAreAndNamesFromTheCache) {
  const TemporaryFolder folder;
  ASSERT_EQ(setenv("XDG_CACHE_HOME", folder.path().c_str(), 1), 0);
  WriteModel(folder, "shoal/models/tiny");
  EXPECT_EQ(FindModel("tiny").value(), folder.path() / "shoal/models/tiny");
  EXPECT_EQ(FindModel(folder.path().string()).value(), folder.path());
  EXPECT_EQ(FindModel(".").value(), ".");
  EXPECT_THAT(Message(FindModel("all-MiniLM-L6-v2")), HasSubstr("run `shoal model fetch`"));
  EXPECT_EQ(FindModel("other").status().code(), StatusCode::kNotFound);
  EXPECT_THAT(Message(FindModel("BAAI/bge-small-en-v1.5")),
              HasSubstr("run `shoal model fetch BAAI/bge-small-en-v1.5`"));
  EXPECT_THAT(Message(FindModel("org/tiny")), HasSubstr("has no manifest, not from org/tiny"));
  const std::filesystem::path tiny = folder.path() / "shoal/models/tiny";
  ASSERT_TRUE(WriteManifest(tiny, {.source = "https://hub/org/tiny", .files = {}}).ok());
  EXPECT_EQ(FindModel("org/tiny").value(), tiny);
  const auto other = FindModel("other/tiny");
  EXPECT_EQ(other.status().code(), StatusCode::kAlreadyExists);
  EXPECT_THAT(Message(other), HasSubstr("came from https://hub/org/tiny, not from other/tiny"));
  EXPECT_EQ(FindModel("./other").status().code(), StatusCode::kNotFound);
  EXPECT_FALSE(FindModel("").ok());
}

}  // namespace
}  // namespace shoal
