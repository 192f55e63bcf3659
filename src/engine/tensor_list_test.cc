// Weights are written by the test, so that each fault is the only one.
#include "engine/tensor_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <string>

#include "engine/encoder.h"
#include "engine/random_model.h"

namespace shoal {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr BertConfig kConfig = {.vocabulary_size = 9,
                                .hidden_size = 64,
                                .layers = 2,
                                .heads = 2,
                                .intermediate_size = 32,
                                .max_positions = 8,
                                .token_types = 2};
constexpr char kWords[] = "embeddings.word_embeddings.weight";

struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};
using Tensors = std::map<std::string, Tensor>;

Tensors Good() {
  Tensors tensors;
  for (const TensorShape& tensor : TensorsOf(kConfig)) {
    std::int64_t count = 1;
    for (const std::int64_t extent : tensor.shape) count *= extent;
    tensors[tensor.name] = {tensor.shape, std::vector<float>(static_cast<std::size_t>(count), 1)};
  }
  return tensors;
}

std::string FileOf(const Tensors& tensors) {
  std::string header;
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    std::string shape;
    for (const std::int64_t extent : tensor.shape) {
      shape += (shape.empty() ? "" : ",") + std::to_string(extent);
    }
    const std::size_t begin = data.size();
    data.append(reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size() * 4);
    header += (header.empty() ? "{\"" : ",\"") + name + "\":{\"dtype\":\"F32\",\"shape\":[" +
              shape + "],\"data_offsets\":[" + std::to_string(begin) + "," +
              std::to_string(data.size()) + "]}";
  }
  header += "}";
  std::string size;
  for (int i = 0; i < 8; ++i) size += static_cast<char>(header.size() >> (8 * i) & 0xFF);
  return size + header + data;
}

Result<std::map<std::string, std::string>> Checked(const Tensors& tensors) {
  const std::string content = FileOf(tensors);
  const SafeTensors file = SafeTensors::Parse("w", std::as_bytes(std::span(content))).value();
  return CheckTensors(file, kConfig);
}

std::string Message(const Tensors& tensors) {
  const auto checked = Checked(tensors);
  return checked.ok() ? "ok" : checked.status().message();
}

Tensors Renamed(const std::function<std::string(const std::string&)>& rename) {
  Tensors renamed;
  for (auto& [name, tensor] : Good()) renamed[rename(name)] = tensor;
  return renamed;
}

std::string Replaced(std::string name, const std::string& what, const std::string& with) {
  const std::size_t at = name.find(what);
  return at == name.npos ? name : name.replace(at, what.size(), with);
}

TEST(TensorList, IsWhatTheEncoderReads) {
  RandomModel model(kConfig);
  const WeightSource source = model.Source();
  std::map<std::string, std::vector<std::int64_t>> read;
  const auto noted = [&](const std::string& name, std::span<const std::int64_t> shape) {
    read[name] = {shape.begin(), shape.end()};
    return source(name, shape);
  };
  ASSERT_TRUE(Weights::FromSource(model.folder, {.kernel_table = "portable"}, noted).ok());
  std::map<std::string, std::vector<std::int64_t>> listed;
  for (const TensorShape& tensor : TensorsOf(kConfig)) listed[tensor.name] = tensor.shape;
  EXPECT_EQ(read, listed);
}

TEST(TensorList, TakesTheNamesThatTheReferenceTakes) {
  EXPECT_EQ(Message(Good()), "ok");
  const auto old = [](const std::string& name) {
    return Replaced(Replaced(name, "LayerNorm.weight", "LayerNorm.gamma"), "LayerNorm.bias",
                    "LayerNorm.beta");
  };
  const auto names = Checked(Renamed([&](const std::string& name) { return "bert." + old(name); }));
  EXPECT_EQ(names->at("embeddings.LayerNorm.weight"), "bert.embeddings.LayerNorm.gamma");
  EXPECT_EQ(names->at(kWords), std::string("bert.") + kWords);
  EXPECT_EQ(Message(Renamed([](const std::string& name) {
              return name.starts_with("encoder.") ? "bert." + name : name;
            })),
            "ok");
}

TEST(TensorList, NamesWhatItFoundInsteadOfATensor) {
  for (const char* prefix : {"model.", "0.auto_model.", "roberta.", "bert.bert."}) {
    EXPECT_THAT(
        Message(Renamed([&](const std::string& name) { return prefix + name; })),
        AllOf(HasSubstr("w: tensor \"embeddings.word_embeddings.weight\" is missing"),
              HasSubstr("found \"" + std::string(prefix) + kWords), HasSubstr("\"bert.\"")));
  }
  Tensors twice = Good();
  twice[std::string("bert.") + kWords] = twice[kWords];
  EXPECT_THAT(Message(twice), HasSubstr("is there twice, as \"embeddings.word"));
  Tensors shallow = Good();
  std::erase_if(shallow, [](const auto& t) { return t.first.starts_with("encoder.layer.1."); });
  EXPECT_THAT(Message(shallow),
              HasSubstr("encoder.layer.1.attention.self.query.weight\" is missing"));
}

TEST(TensorList, RefusesEveryValueThatIsNoNumberWithItsPlace) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const auto& [value, word] :
       {std::pair(nan, "nan"), std::pair(HUGE_VALF, "inf"), std::pair(-HUGE_VALF, "-inf")}) {
    Tensors tensors = Good();
    tensors[kWords].values[3 * 64 + 5] = value;
    EXPECT_THAT(Message(tensors), HasSubstr("w: tensor \"embeddings.word_embeddings.weight\" has " +
                                            std::string(word) + " at [3, 5]"));
  }
  for (const TensorShape& tensor : TensorsOf(kConfig)) {
    Tensors tensors = Good();
    tensors[tensor.name].values.back() = nan;
    EXPECT_THAT(Message(tensors), HasSubstr("\"" + tensor.name + "\" has nan at ["));
  }
}

TEST(TensorList, DoesNotLookAtWhatIsNotComputedWith) {
  Tensors tensors = Good();
  tensors["pooler.dense.bias"] = {{1}, {HUGE_VALF}};
  EXPECT_EQ(Message(tensors), "ok");
}

}  // namespace
}  // namespace shoal
