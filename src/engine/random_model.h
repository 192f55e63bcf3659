// A model of random weights in memory, for tests and benchmarks of the encoder.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "engine/encoder.h"

namespace shoal {

class RandomModel {
 public:
  explicit RandomModel(const BertConfig& config) {
    folder.name = "random";
    folder.config = config;
    folder.max_tokens = config.max_positions;
    folder.normalize = true;
  }

  // Remembers what it gave: Tensor().
  WeightSource Source() {
    return [this](const std::string& name, std::span<const std::int64_t> shape) {
      return Result<std::vector<float>>(Tensor(name, shape));
    };
  }

  const std::vector<float>& Tensor(const std::string& name, std::span<const std::int64_t> shape) {
    const auto [at, is_new] = tensors_.try_emplace(name);
    if (!is_new) return at->second;
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    const double offset = name.find("LayerNorm.weight") != std::string::npos ? 1.0 : 0.0;
    for (std::int64_t i = 0; i < count; ++i) {
      at->second.push_back(static_cast<float>(offset + 0.2 * (rng_.Unit() - 0.5)));
    }
    return at->second;
  }
  const std::vector<float>& Tensor(const std::string& name) const { return tensors_.at(name); }

  ModelFolder folder;

 private:
  Rng rng_{1};
  std::map<std::string, std::vector<float>> tensors_;
};

}  // namespace shoal
