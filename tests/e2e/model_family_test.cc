// One tiny random model of each kind that loads (tests/data/tiny_models): every kind of pooling,
// both head sizes, with and without normalisation, cased and uncased, weights in F32, F16 and BF16,
// both layouts of the folder. Their vectors are compared with those of sentence-transformers in
// fp32 (tests/data/tiny_golden), of texts that tests/data/tiny_texts.jsonl lists. What makes the
// files is tools/make_golden.py --tiny. Named prompts are tested through the binary, in
// model_family_test.py.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "engine/encoder.h"
#include "json/value.h"
#include "kernels/dispatch.h"
#include "model/model_folder.h"
#include "model/sha256.h"
#include "tokenizer/tokenizer.h"

namespace shoal {
namespace {

constexpr std::string_view kData = SHOAL_SOURCE_DIR "/tests/data/";
constexpr std::size_t kMinTexts = 50;
constexpr double kMinCosine = 0.999999;
// Of the difference in any dimension, over the golden vector's length (Euclid's): 2e-6 for a
// normalised vector, the same share of a longer one.
constexpr double kMaxDifference = 2e-6;

using Ids = std::vector<std::int32_t>;

std::vector<std::string> ModelNames() {
  std::set<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(kData) + "tiny_models")) {
    names.insert(entry.path().filename());
  }
  return {names.begin(), names.end()};
}

Result<std::vector<std::string>> ReadTexts() {
  ASSIGN_OR_RETURN(const std::string lines,
                   ReadFile(std::string(kData) + "tiny_texts.jsonl", 1 << 20));
  std::vector<std::string> texts;
  std::size_t begin = 0;
  for (std::size_t end; (end = lines.find('\n', begin)) != lines.npos; begin = end + 1) {
    ASSIGN_OR_RETURN(const JsonValue line,
                     ParseJson(std::string_view(lines).substr(begin, end - begin)));
    ASSIGN_OR_RETURN(texts.emplace_back(), line.GetString("text"));
  }
  return texts;
}

// A .npy file of version 1: little-endian float32 [rows][columns] in C order.
Result<std::vector<float>> ReadNpy(const std::string& path, std::size_t rows, std::size_t columns) {
  ASSIGN_OR_RETURN(const std::string file, ReadFile(path, 1 << 20));
  constexpr std::string_view kMagic("\x93NUMPY\x01\x00", 8);
  if (!file.starts_with(kMagic) || file.size() < 10) return DataLossError(path + " is not .npy");
  const std::size_t header = static_cast<unsigned char>(file[8]) |
                             static_cast<std::size_t>(static_cast<unsigned char>(file[9])) << 8;
  const std::string shape =
      "'shape': (" + std::to_string(rows) + ", " + std::to_string(columns) + ")";
  const std::string_view words = std::string_view(file).substr(10, header);
  for (const std::string_view word : {std::string_view("'<f4'"), std::string_view(shape),
                                      std::string_view("'fortran_order': False")}) {
    if (words.find(word) == words.npos) return DataLossError(path + " lacks " + std::string(word));
  }
  std::vector<float> values(rows * columns);
  if (file.size() != 10 + header + values.size() * sizeof(float)) {
    return DataLossError(path + " has the wrong size");
  }
  std::memcpy(values.data(), file.data() + 10 + header, values.size() * sizeof(float));
  return values;
}

// A model with the tokens of all texts, its default prompt in front.
struct Model {
  ModelFolder folder;
  std::vector<Ids> items;
  std::size_t truncated = 0;

  std::size_t dim() const { return static_cast<std::size_t>(folder.config.hidden_size); }
};

Result<Model> Open(const std::string& name) {
  Model model;
  ASSIGN_OR_RETURN(model.folder, OpenModelFolder(std::string(kData) + "tiny_models/" + name));
  const ModelFolder& folder = model.folder;
  ASSIGN_OR_RETURN(const Tokenizer tokenizer,
                   Tokenizer::Create(folder.tokenizer, {.max_tokens = folder.max_tokens}));
  ASSIGN_OR_RETURN(const std::vector<std::string> texts, ReadTexts());
  const std::string prompt =
      folder.default_prompt_name.empty() ? "" : folder.prompts.at(folder.default_prompt_name);
  for (const std::string& text : texts) {
    model.truncated += tokenizer.Encode(prompt + text, model.items.emplace_back()) ? 1 : 0;
  }
  return model;
}

// Vectors [items][dim], as one batch.
std::vector<float> Encode(Lane& lane, std::size_t dim, std::span<const Ids> items) {
  std::vector<std::uint32_t> lengths;
  Ids ids;
  for (const Ids& item : items) {
    lengths.push_back(static_cast<std::uint32_t>(item.size()));
    ids.insert(ids.end(), item.begin(), item.end());
  }
  std::vector<float> vectors(items.size() * dim);
  lane.Encode(lengths, ids, vectors);
  return vectors;
}

Result<Lane> MakeLane(const Model& model, const KernelTable& table,
                      Precision precision = Precision::kFp32) {
  ASSIGN_OR_RETURN(auto weights, Weights::Load(model.folder, {.precision = precision,
                                                              .kernel_table = table.name}));
  std::size_t tokens = 0;
  for (const Ids& item : model.items) tokens += item.size();
  return Lane(std::move(weights), tokens);
}

bool SameBytes(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

// SHA-256 of the little-endian bytes of all texts' vectors: the same on every machine
// (docs/numerics.md).
struct RecordedSums {
  std::string_view model, fp32, int8;
};
constexpr RecordedSums kRecorded[] = {
    {"cls_f16", "245e0ed6fbf9cc51ac3db73ce7ee142d4b71125026617afe1f8ccea2bf743cf6",
     "5c8b6535f77f4a10a33dbada15ddc4c2774d3eb9da66bc7f04a890e3278447e4"},
    {"cls_f16_wide", "529b7ff5b98ab2357bb4169f655b4d211893fcd15c3a111fba84791e6ac2f925",
     "56a83fc148a2fa2c294a4b1e244578d240a532ec58940c62970e09ae8a7b90ad"},
    {"max_f32", "9906f20c0dbdc697f327f7b05f4714aa956b68237715558cfb4942786dc53536",
     "9318817761b7692497cfc37c64e5e2e0ed3d1d7e8649ad429c10dc63511804f2"},
    {"mean_bf16_cased", "6f300ec76ad8d91d9d5005f2311af7241d11172bb7135e8cb7a9f64a13e17544",
     "85e9f49c0c559b8a42248c5071332c51cfd02e8f46c123765693e40463cef61b"},
    {"mean_f16_prompts", "866a88981ce93f2a451f8ac5eb2d84f8719b561a5604969488e5c163101fc119",
     "1e74f0bd94410494cf00840ee07d6f23cf7e5146faa7d74836fec6eea8b33ec1"},
    {"mean_f32", "e2fa015c4c2fd84d4a7cc2b691ba348ac3c270a178bef66ff9bcd5b1705e2c00",
     "197ddf8d02671eae0adc63b5e22250ca8e4cae1f977a2009f5f48c5d5229ec67"},
};

std::string_view Recorded(std::string_view model, Precision precision) {
  for (const RecordedSums& sums : kRecorded) {
    if (sums.model == model) return precision == Precision::kInt8 ? sums.int8 : sums.fp32;
  }
  return "nothing";
}

class ModelFamily : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    Result<Model> opened = Open(GetParam());
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    model_ = *std::move(opened);
    ASSERT_GE(model_.items.size(), kMinTexts);
  }

  std::vector<float> EncodeAll(const KernelTable& table, Precision precision = Precision::kFp32) {
    Result<Lane> lane = MakeLane(model_, table, precision);
    EXPECT_TRUE(lane.ok()) << lane.status().message();
    return Encode(*lane, model_.dim(), model_.items);
  }

  Model model_;
};

TEST_P(ModelFamily, AgreesWithTheReference) {
  const std::size_t dim = model_.dim();
  const Result<std::vector<float>> golden =
      ReadNpy(std::string(kData) + "tiny_golden/" + GetParam() + ".npy", model_.items.size(), dim);
  ASSERT_TRUE(golden.ok()) << golden.status().message();
  const std::vector<float> found = EncodeAll(*RunnableTables().front());
  double lowest = 1, largest = 0;
  for (std::size_t text = 0; text < model_.items.size(); ++text) {
    double dot = 0, a = 0, b = 0, difference = 0;
    for (std::size_t i = text * dim; i < (text + 1) * dim; ++i) {
      const double x = (*golden)[i], y = found[i];
      dot += x * y;
      a += x * x;
      b += y * y;
      difference = std::max(difference, std::abs(x - y));
    }
    const double cosine = dot / std::sqrt(a * b);
    EXPECT_GE(cosine, kMinCosine) << "text " << text;
    EXPECT_LE(difference / std::sqrt(a), kMaxDifference) << "text " << text;
    EXPECT_EQ(std::abs(std::sqrt(b) - 1) < 1e-6, model_.folder.normalize) << "text " << text;
    lowest = std::min(lowest, cosine);
    largest = std::max(largest, difference / std::sqrt(a));
  }
  EXPECT_GT(model_.truncated, 0u) << "no text is longer than the model takes";
  std::printf("%-18s %zu texts, %zu cut: cosine min %.9f, max-abs over length %.2e\n",
              GetParam().c_str(), model_.items.size(), model_.truncated, lowest, largest);
}

TEST_P(ModelFamily, GivesATextTheSameBytesAloneAndInABatch) {
  const std::size_t dim = model_.dim();
  for (const KernelTable* table : RunnableTables()) {
    Result<Lane> lane = MakeLane(model_, *table);
    ASSERT_TRUE(lane.ok()) << lane.status().message();
    const std::vector<float> together = Encode(*lane, dim, model_.items);
    for (std::size_t text = 0; text < model_.items.size(); ++text) {
      const std::vector<float> alone = Encode(*lane, dim, std::span(&model_.items[text], 1));
      EXPECT_TRUE(SameBytes(alone, std::span(together).subspan(text * dim, dim)))
          << table->name << ", text " << text;
    }
  }
}

TEST_P(ModelFamily, GivesTheSameBytesUnderEveryTable) {
  const std::vector<float> best = EncodeAll(*RunnableTables().front());
  for (const KernelTable* table : RunnableTables()) {
    EXPECT_TRUE(SameBytes(EncodeAll(*table), best)) << table->name;
  }
}

TEST_P(ModelFamily, HasTheRecordedBytesUnderEveryTable) {
  for (const KernelTable* table : RunnableTables()) {
    for (const Precision precision : {Precision::kFp32, Precision::kInt8}) {
      const std::string found = Sha256Of(EncodeAll(*table, precision));
      EXPECT_EQ(found, Recorded(GetParam(), precision)) << table->name << ", " << Name(precision);
      std::printf("%-18s %-8s %s  sha256 %s\n", GetParam().c_str(), table->name,
                  std::string(Name(precision)).c_str(), found.c_str());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tiny, ModelFamily, testing::ValuesIn(ModelNames()),
                         [](const auto& model) { return model.param; });

TEST(ModelFamilies, HaveEveryKind) {
  std::set<Pooling> poolings;
  std::set<bool> normalized, lower_case;
  std::set<int> head_sizes, layers;
  for (const std::string& name : ModelNames()) {
    const Result<Model> model = Open(name);
    ASSERT_TRUE(model.ok()) << model.status().message();
    const ModelFolder& folder = model->folder;
    poolings.insert(folder.pooling);
    normalized.insert(folder.normalize);
    lower_case.insert(folder.tokenizer.lower_case);
    head_sizes.insert(folder.config.hidden_size / folder.config.heads);
    layers.insert(folder.config.layers);
  }
  EXPECT_EQ(poolings, (std::set{Pooling::kMean, Pooling::kCls, Pooling::kMax}));
  EXPECT_EQ(normalized.size(), 2u);
  EXPECT_EQ(lower_case.size(), 2u);
  EXPECT_EQ(head_sizes, (std::set{32, 64}));
  EXPECT_EQ(layers, (std::set{1, 2, 3}));
}

}  // namespace
}  // namespace shoal
