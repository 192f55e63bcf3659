#include "engine/tensor_list.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace shoal {
namespace {

// What the reference would take for `name`, the newest first.
std::vector<std::string> NamesInFiles(const std::string& name) {
  std::vector<std::string> names = {name, "bert." + name};
  constexpr std::pair<std::string_view, std::string_view> kOld[] = {
      {"LayerNorm.weight", "LayerNorm.gamma"}, {"LayerNorm.bias", "LayerNorm.beta"}};
  for (const auto& [now, before] : kOld) {
    if (!name.ends_with(now)) continue;
    const std::string old = name.substr(0, name.size() - now.size()) + std::string(before);
    names.insert(names.end(), {old, "bert." + old});
  }
  return names;
}

Result<std::string> NameIn(const SafeTensors& file, const TensorShape& tensor) {
  std::string found;
  for (const std::string& name : NamesInFiles(tensor.name)) {
    if (!file.Has(name)) continue;
    if (!found.empty()) {
      return InvalidArgumentError(file.name() + ": tensor \"" + tensor.name +
                                  "\" is there twice, as \"" + found + "\" and \"" + name + "\"");
    }
    found = name;
  }
  if (!found.empty()) return found;
  std::string message = file.ReadFloats(tensor.name, tensor.shape).status().message();
  for (const std::string& name : file.names()) {
    if (!name.ends_with("." + tensor.name)) continue;
    message += "; found \"" + name +
               "\", accepted in front of a name is \"bert.\" or nothing: rename the tensors";
    break;
  }
  return NotFoundError(message);
}

// "[7, 3]": the place of the element `at`, row-major.
std::string Position(std::size_t at, const std::vector<std::int64_t>& shape) {
  std::string text;
  for (auto extent = shape.rbegin(); extent != shape.rend(); ++extent) {
    const auto size = static_cast<std::size_t>(*extent);
    text = std::to_string(at % size) + (text.empty() ? "" : ", ") + text;
    at /= size;
  }
  return "[" + text + "]";
}

Status CheckValues(const SafeTensors& file, const std::string& name,
                   const std::vector<std::int64_t>& shape) {
  ASSIGN_OR_RETURN(const std::vector<float> values, file.ReadFloats(name, shape));
  const auto bad = std::ranges::find_if_not(values, [](float v) { return std::isfinite(v); });
  if (bad == values.end()) return {};
  const std::string value = std::isnan(*bad) ? "nan" : *bad > 0 ? "inf" : "-inf";
  return InvalidArgumentError(
      file.name() + ": tensor \"" + name + "\" has " + value + " at " +
      Position(static_cast<std::size_t>(bad - values.begin()), shape) +
      ", expected finite numbers: the weights are damaged or were trained to nothing");
}

}  // namespace

std::vector<TensorShape> TensorsOf(const BertConfig& config) {
  const std::int64_t hidden = config.hidden_size;
  const std::int64_t inner = config.intermediate_size;
  std::vector<TensorShape> list;
  const auto norm = [&](const std::string& name) {
    list.push_back({name + ".weight", {hidden}});
    list.push_back({name + ".bias", {hidden}});
  };
  const auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in) {
    list.push_back({name + ".weight", {out, in}});
    list.push_back({name + ".bias", {out}});
  };
  list.push_back({"embeddings.word_embeddings.weight", {config.vocabulary_size, hidden}});
  list.push_back({"embeddings.position_embeddings.weight", {config.max_positions, hidden}});
  list.push_back({"embeddings.token_type_embeddings.weight", {config.token_types, hidden}});
  norm("embeddings.LayerNorm");
  for (int i = 0; i < config.layers; ++i) {
    const std::string layer = "encoder.layer." + std::to_string(i) + ".";
    for (const char* part : {"query", "key", "value"}) {
      linear(layer + "attention.self." + part, hidden, hidden);
    }
    linear(layer + "attention.output.dense", hidden, hidden);
    norm(layer + "attention.output.LayerNorm");
    linear(layer + "intermediate.dense", inner, hidden);
    linear(layer + "output.dense", hidden, inner);
    norm(layer + "output.LayerNorm");
  }
  return list;
}

Result<std::map<std::string, std::string>> CheckTensors(const SafeTensors& file,
                                                        const BertConfig& config) {
  std::map<std::string, std::string> names;
  for (const TensorShape& tensor : TensorsOf(config)) {
    ASSIGN_OR_RETURN(const std::string name, NameIn(file, tensor));
    RETURN_IF_ERROR(CheckValues(file, name, tensor.shape));
    names[tensor.name] = name;
  }
  return names;
}

}  // namespace shoal
